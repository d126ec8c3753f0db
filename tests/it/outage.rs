//! Redis away, full, read-only, loading, changed: what senders hear, what `/ready` says, and that nothing is lost.

mod spool;
mod damage;
mod server;
mod fitness;
mod bounds;

use std::collections::BTreeMap;
use std::path::Path;

use tests::{Answer, Receiver, Sender};

/// An endpoint whose events are named by `X-Webhook-Id`.
const ENDPOINT: &str = "[[endpoints]]\nid = \"in\"\nprovider = \"custom\"\nsecrets = [\"outage_0123456789\"]\n\
     rate_limit = { requests_per_minute = 0 }\n\
     signature = { header = \"X-Webhook-Signature\", id_header = \"X-Webhook-Id\" }\n";

fn route(receiver: &Receiver) -> String {
    format!(
        "[[routes]]\nname = \"all\"\nhandler = \"out\"\n[handlers.out]\ntype = \"http\"\nurl = \"{}\"\nallow_private = true\n",
        receiver.url()
    )
}

fn spool(folder: &Path, max_bytes: u64) -> String {
    format!("[spool]\nenabled = true\nfolder = {:?}\nmax_bytes = {max_bytes}\n", folder.display().to_string())
}

const ROOM: u64 = 16 * 1024 * 1024;

fn body(n: usize) -> String {
    format!(r#"{{"type":"n","n":{n}}}"#)
}

/// Sends the event of this number; the same again is the same event.
async fn send(sender: &Sender, n: usize) -> Answer {
    let body = body(n);
    let mut headers = sender.signed(body.as_bytes());
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("x-webhook-id"));
    headers.push(("X-Webhook-Id".to_owned(), format!("event-{n}")));
    sender.post(&body, headers).await
}

/// How often each event was delivered.
fn times(receiver: &Receiver) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    for call in receiver.calls() {
        *times.entry(call.header("hookstream-event-id").to_owned()).or_default() += 1;
    }
    times
}

/// When a refused sender is told to come back, in seconds.
fn retry_after(answer: &Answer) -> u64 {
    let header = answer.headers.get("retry-after").unwrap_or_else(|| panic!("no Retry-After: {answer:?}"));
    header.to_str().expect("text").parse().expect("seconds")
}
