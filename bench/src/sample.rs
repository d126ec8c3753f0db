//! The event that is measured: 1 KB of JSON, as GitHub might send it.

use bytes::Bytes;
use event::{Body, EventId, Headers, Millis, Plan, Priority, RawEvent};

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

pub(crate) fn plan(handler: &str) -> Plan {
    Plan {
        route: "everything".to_owned(),
        handler: handler.to_owned(),
        priority: Priority::Normal,
        retry_count: 3,
        timeout: std::time::Duration::from_secs(30),
        retry_on: Vec::new(),
    }
}
