//! An event as a row of PostgreSQL. Pure, but for entries that can't be read.

use std::borrow::Cow;
use std::sync::Arc;

use event::{Millis, RawEvent, Reason};
use serde::de::IgnoredAny;
use serde_json::Value;
use stream::Delivery;

use crate::settle;

/// What is stored. Text of PostgreSQL can't hold the character NUL: it becomes U+FFFD, and the body keeps it.
#[derive(Debug, PartialEq)]
pub(crate) struct Row<'e> {
    pub(crate) id: Cow<'e, str>,
    pub(crate) endpoint: Cow<'e, str>,
    pub(crate) source: Cow<'e, str>,
    pub(crate) event_type: Cow<'e, str>,
    /// Milliseconds since the epoch.
    pub(crate) received_at: i64,
    pub(crate) content_type: Cow<'e, str>,
    /// The body, if it is JSON that `jsonb` can hold.
    pub(crate) data: Option<&'e str>,
    pub(crate) body: &'e [u8],
    pub(crate) headers: String,
    pub(crate) trace: Cow<'e, str>,
}

// === impl Row ===

impl<'e> Row<'e> {
    pub(crate) fn of(event: &'e RawEvent) -> Self {
        let headers = event.headers.iter().map(|(name, value)| (text(name), text(value)));
        Self {
            id: text(event.id.as_str()),
            endpoint: text(&event.endpoint),
            source: text(&event.source),
            event_type: text(&event.event_type),
            received_at: millis(event.received_at),
            content_type: text(&event.body.content_type),
            data: json(&event.body.format, &event.body.bytes),
            body: &event.body.bytes,
            headers: headers.collect::<event::Headers>().to_json(),
            trace: text(&event.trace),
        }
    }

    /// About how much is sent for it.
    pub(crate) fn size(&self) -> usize {
        self.body.len() + self.data.map_or(0, str::len) + self.headers.len() + 500
    }
}

/// The events in the entries; an entry without one goes to the dead letters.
pub(crate) async fn readable(
    deliveries: Vec<Delivery<RawEvent>>,
) -> Vec<(Delivery<RawEvent>, Arc<RawEvent>)> {
    let mut readable = Vec::with_capacity(deliveries.len());
    for delivery in deliveries {
        match delivery.carried.clone() {
            Ok(event) => readable.push((delivery, event)),
            Err(error) => settle::set_aside(delivery, Reason::Malformed, &error.to_string()).await,
        }
    }
    readable
}

fn millis(at: Millis) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

pub(crate) fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{FFFD}").into() } else { text.into() }
}

/// The body as text for `jsonb`, which takes no NUL inside its strings.
fn json<'e>(format: &str, body: &'e [u8]) -> Option<&'e str> {
    let text = std::str::from_utf8(body).ok().filter(|_| format == "json")?;
    if text.contains("\\u0000") {
        // Perhaps only an escaped backslash before these letters.
        return serde_json::from_str(text).is_ok_and(|value| !holds_nul(&value)).then_some(text);
    }
    serde_json::from_str::<IgnoredAny>(text).is_ok().then_some(text)
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(holds_nul),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_data_and_nothing_else_is() {
        assert_eq!(json("json", b"{\"a\": 1}"), Some("{\"a\": 1}"));
        assert_eq!(json("json", b"{\"a\": 1"), None);
        assert_eq!(json("json", b"\xff"), None);
        assert_eq!(json("form", b"1"), None);
        assert_eq!(json("xml", b"<a/>"), None);
    }

    #[test]
    fn nul_is_found_wherever_it_stands_and_only_there() {
        for bad in [r#"{"a":"x\u0000"}"#, r#"{"\u0000":1}"#, r#"[[{"a":["\u0000"]}]]"#] {
            assert_eq!(json("json", bad.as_bytes()), None, "{bad}");
        }
        let good = r#"{"a":"\\u0000"}"#;
        assert_eq!(json("json", good.as_bytes()), Some(good));
    }

    #[test]
    fn no_column_of_text_holds_nul() {
        assert_eq!(text("a\0b"), "a\u{FFFD}b");
        assert!(matches!(text("ab"), Cow::Borrowed("ab")));
    }
}
