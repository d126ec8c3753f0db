//! Events and plans as tests need them.

use std::time::Duration;

use bytes::Bytes;
use event::{Body, EventId, Headers, Millis, Plan, Priority, RawEvent};

/// An event that no other test's is like: every field says something, the body is not text.
pub(crate) fn an_event(name: &str) -> RawEvent {
    RawEvent {
        id: EventId::derived("payments", name),
        endpoint: "payments".to_owned(),
        source: "stripe".to_owned(),
        event_type: "invoice.paid".to_owned(),
        received_at: Millis(1_700_000_000_123),
        headers: Headers::from_iter([
            ("X-Name", name),
            ("X-Name", "again"),
            ("Content-Type", "application/json"),
        ]),
        body: Body {
            bytes: Bytes::from_static(b"{\"a\":\"\x00\xff\r\n\"}"),
            content_type: "application/json; charset=utf-8".to_owned(),
            format: "json".to_owned(),
        },
        trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
        verified_by: "f52fbd32".to_owned(),
        awaited: false,
    }
}

pub(crate) fn awaited(name: &str) -> RawEvent {
    RawEvent { awaited: true, ..an_event(name) }
}

pub(crate) fn a_plan(route: &str, priority: Priority) -> Plan {
    Plan {
        route: route.to_owned(),
        handler: format!("{route}-handler"),
        priority,
        retry_count: 3,
        timeout: Duration::from_millis(2500),
        retry_on: vec![404, 409],
    }
}

/// An error of a handler, as tests write it.
pub(crate) const ERROR: &str = "the handler answered 500";
