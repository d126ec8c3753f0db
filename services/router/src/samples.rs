//! Events for the unit tests.

use event::{Body, EventId, Headers, Millis, RawEvent};

/// An event of Stripe's with this type, and a body that claims to be of this format.
pub(crate) fn event(event_type: &str, format: &str, body: &str) -> RawEvent {
    RawEvent {
        id: EventId::from_text("evt_1"),
        endpoint: "payments".to_owned(),
        source: "stripe".to_owned(),
        event_type: event_type.to_owned(),
        received_at: Millis(0),
        headers: Headers::default(),
        body: Body {
            bytes: body.to_owned().into(),
            content_type: "text/plain".to_owned(),
            format: format.to_owned(),
        },
        trace: String::new(),
        verified_by: String::new(),
        awaited: false,
    }
}
