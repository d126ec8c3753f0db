//! The event that is measured: 1 KB of JSON, as GitHub might send it.

use std::time::Duration;

use ::stream::{Delivery, Dispatch, Group, Mark, Reader, Store};
use bytes::Bytes;
use event::{Body, EventId, Headers, Millis, Plan, Priority, RawEvent};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::Fallible;

pub(crate) const SECRET: &str = "a secret for benchmarks";

pub(crate) fn body() -> Bytes {
    let start = r#"{"action":"opened","number":7,"repository":{"full_name":"a/b"},"notes":""#;
    let filling = "x".repeat(1024 - start.len() - 2);
    format!("{start}{filling}\"}}").into()
}

pub(crate) fn event(number: usize) -> RawEvent {
    RawEvent {
        id: EventId::derived("repos", &number.to_string()),
        endpoint: "repos".to_owned(),
        source: "github".to_owned(),
        event_type: "pull_request".to_owned(),
        received_at: Millis::now(),
        headers: Headers::from_iter([
            ("content-type", "application/json"),
            ("x-github-event", "pull_request"),
        ]),
        body: Body { bytes: body(), content_type: "application/json".to_owned(), format: "json".to_owned() },
        trace: String::new(),
        verified_by: "f52fbd32".to_owned(),
        awaited: false,
    }
}

/// Publishes so many events, as many senders at a time as an ingress may have.
pub(crate) async fn publish(store: &Store, events: usize, mark: Option<Mark>) -> Fallible<()> {
    let publish = |number| {
        let store = store.clone();
        async move { store.publish(&event(number), mark, false).await }
    };
    stream::iter(0..events).map(publish).buffer_unordered(64).try_for_each(async |_| Ok(())).await?;
    Ok(())
}

/// Routes everything that waits, by one plan.
pub(crate) async fn route(store: &Store, plan: &Plan) -> Fallible<()> {
    let router = Reader::new(store.clone(), Group::Route, "bench", Duration::from_millis(1));
    loop {
        let taken: Vec<Delivery<RawEvent>> = router.read(&[store.keys().events()], 100).await?;
        if taken.is_empty() {
            return Ok(());
        }
        let all =
            taken.into_iter().map(|delivery| Dispatch { delivery, plans: vec![plan], trace: String::new() });
        Dispatch::all(all.collect()).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    }
}

pub(crate) fn plan(handler: &str) -> Plan {
    Plan {
        route: "everything".to_owned(),
        handler: handler.to_owned(),
        priority: Priority::Normal,
        retry_count: 3,
        timeout: Duration::from_secs(30),
        retry_on: Vec::new(),
    }
}
