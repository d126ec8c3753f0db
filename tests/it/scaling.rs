//! Beyond one Redis: several partitions, a cluster, a failover.

mod cluster;
mod partitions;
mod sentinel;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tests::{Fleet, Member, Receiver, Sender, load_during};

const SECRET: &str = "scaling_secret_0123456789";

/// `redis` is what stands in `[redis]`.
fn config(receiver: &Receiver, redis: &str) -> String {
    format!(
        r#"
[redis]
lease = 3
{redis}

[worker]
backoff_base = 0.1

[rate_limit]
requests_per_minute = 0

[[endpoints]]
id = "in"
provider = "custom"
secrets = ["{SECRET}"]
signature = {{ header = "X-Webhook-Signature", id_header = "X-Webhook-Id" }}

[[routes]]
name = "all"
handler = "out"
timeout = 2
retry_count = 1

[handlers.out]
type = "http"
url = "{}"
allow_private = true
timeout = 2
"#,
        receiver.url()
    )
}

/// An ingress, and the rest.
async fn four<R>(fleet: &mut Fleet<R>) -> (Member, Vec<Member>) {
    let ingress = fleet.start("ingress").await;
    let mut rest = Vec::new();
    for service in ["router", "worker", "metrics"] {
        rest.push(fleet.start(service).await);
    }
    (ingress, rest)
}

/// Sends as a provider does: the same event again until it has its 200. The ids, and those that were told to wait first.
async fn send_all(sender: &Sender, events: std::ops::Range<usize>) -> (BTreeSet<String>, BTreeSet<String>) {
    let sent = stream::iter(events).map(|n| insist(sender, n)).buffer_unordered(16);
    together(sent.collect().await)
}

/// Goes on sending until `failing` is over; what was accepted and refused as [`send_all`] says it.
async fn send_during(
    sender: &Sender,
    failing: impl Future<Output = ()>,
) -> (BTreeSet<String>, BTreeSet<String>) {
    together(load_during(async |n| insist(sender, n).await, failing).await.0)
}

async fn insist(sender: &Sender, n: usize) -> (String, usize) {
    let body = format!(r#"{{"type":"n","n":{n}}}"#);
    let headers = sender.signed(body.as_bytes());
    for refused in 0.. {
        let answer = sender.post(&body, headers.clone()).await;
        if answer.status == 200 {
            return (answer.event_id(), refused);
        }
        assert_eq!((answer.status, answer.code()), (503, "queue_unavailable"), "{answer:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    unreachable!("it goes on until it is accepted")
}

fn together(sent: Vec<(String, usize)>) -> (BTreeSet<String>, BTreeSet<String>) {
    let waited = sent.iter().filter(|(_, refused)| *refused > 0).map(|(id, _)| id.clone()).collect();
    (sent.into_iter().map(|(id, _)| id).collect(), waited)
}

/// How often each event was delivered.
fn times(receiver: &Receiver) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    for call in receiver.calls() {
        *times.entry(call.header("hookstream-event-id").to_owned()).or_default() += 1;
    }
    times
}

/// Those of the accepted that were not delivered.
fn missing(receiver: &Receiver, accepted: &BTreeSet<String>) -> usize {
    let times = times(receiver);
    accepted.iter().filter(|id| !times.contains_key(*id)).count()
}
