//! D: how it is run. D1, the containers, is shown by `tests/compose/run`.

mod nginx;
mod replicas;
mod archive;
mod repeats;
mod load;
mod trouble;

use std::process::Output;

use tests::Receiver;

/// An endpoint that verifies HMAC-SHA256.
fn endpoint(id: &str, more: &str) -> String {
    format!("[[endpoints]]\nid = \"{id}\"\nprovider = \"custom\"\nsecrets = [\"{SECRET}\"]\n{more}\n")
}

/// Everything goes to the receiver.
fn route(receiver: &Receiver) -> String {
    let url = receiver.url();
    format!(
        "[[routes]]\nname = \"all\"\nhandler = \"out\"\n[handlers.out]\ntype = \"http\"\nurl = \"{url}\"\nallow_private = true\n"
    )
}

const SECRET: &str = "running_0123456789";
const UNLIMITED: &str = "rate_limit = { requests_per_minute = 0 }";
const THING: &str = r#"{"type":"thing.made"}"#;

fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}
