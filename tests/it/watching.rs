//! M: what an operator sees.

mod report;
mod prometheus;
mod alerts;
mod admin;
mod logs;
mod traces;

use tests::{Receiver, Sender};

/// `in` takes what it is sent, `few` two requests a minute; both go to the receiver.
fn config(receiver: &Receiver, more: &str) -> String {
    let endpoint = |id: &str, more: &str| {
        format!(
            "[[endpoints]]\nid = \"{id}\"\nprovider = \"custom\"\nsecrets = [\"watching_0123456789\"]\n{more}\n"
        )
    };
    format!(
        "{}{}\n[worker]\nbackoff_base = 0.1\n\
         [[routes]]\nname = \"all\"\nevent_types = [\"thing.*\"]\nhandler = \"out\"\nretry_count = 1\n\
         [handlers.out]\ntype = \"http\"\nurl = \"{}\"\nallow_private = true\n{more}\n",
        endpoint("in", "rate_limit = { requests_per_minute = 0 }"),
        endpoint("few", "rate_limit = { requests_per_minute = 2 }"),
        receiver.url()
    )
}

const THING: &str = r#"{"type":"thing.made"}"#;

/// A signature of another body.
async fn send_badly(sender: &Sender) {
    let refused = sender.post(THING, sender.signed(b"{}")).await;
    assert_eq!(refused.code(), "invalid_signature", "{refused:?}");
}
