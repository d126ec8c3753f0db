//! Events, jobs and dead letters as fields of a stream's entry, readable with `redis-cli`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use event::{Body, EventId, Headers, Job, JobId, Millis, Plan, RawEvent};

/// An entry's fields as Redis gives them.
pub type Fields = HashMap<String, Bytes>;

/// An entry that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    #[error("the entry has no field `{0}`")]
    Missing(&'static str),
    #[error("the entry's field `{field}` is not {expected}")]
    Unreadable { field: &'static str, expected: &'static str },
}

/// What a stream carries, read from an entry's fields.
pub trait Carried: Sized {
    fn from_fields(fields: &Fields) -> Result<Self, EntryError>;
}

/// An event's fields in the order in which they are written.
pub(crate) fn event_fields(event: &RawEvent) -> [(&'static str, Cow<'_, [u8]>); 12] {
    [
        ("event_id", event.id.as_str().as_bytes().into()),
        ("endpoint", event.endpoint.as_bytes().into()),
        ("source", event.source.as_bytes().into()),
        ("event_type", event.event_type.as_bytes().into()),
        ("received_at", event.received_at.0.to_string().into_bytes().into()),
        ("content_type", event.body.content_type.as_bytes().into()),
        ("format", event.body.format.as_bytes().into()),
        ("headers", event.headers.to_json().into_bytes().into()),
        ("trace", event.trace.as_bytes().into()),
        ("verified_by", event.verified_by.as_bytes().into()),
        ("awaited", if event.awaited { b"1" } else { b"0" }.as_slice().into()),
        ("body", event.body.bytes[..].into()),
    ]
}

// === impl Carried ===

impl Carried for RawEvent {
    fn from_fields(fields: &Fields) -> Result<Self, EntryError> {
        Ok(Self {
            id: EventId::from_text(text(fields, "event_id")?),
            endpoint: text(fields, "endpoint")?,
            source: text(fields, "source")?,
            event_type: text(fields, "event_type")?,
            received_at: Millis(number(fields, "received_at")?),
            headers: Headers::from_json(&text(fields, "headers").unwrap_or_default()),
            body: Body {
                bytes: fields.get("body").cloned().ok_or(EntryError::Missing("body"))?,
                content_type: text(fields, "content_type").unwrap_or_default(),
                format: text(fields, "format")?,
            },
            trace: text(fields, "trace").unwrap_or_default(),
            verified_by: text(fields, "verified_by").unwrap_or_default(),
            awaited: text(fields, "awaited").is_ok_and(|flag| flag == "1"),
        })
    }
}

impl Carried for Job {
    fn from_fields(fields: &Fields) -> Result<Self, EntryError> {
        let priority = text(fields, "priority")?
            .parse()
            .map_err(|_| EntryError::Unreadable { field: "priority", expected: "a priority" })?;
        Ok(Self {
            id: JobId::from_text(text(fields, "job")?),
            event: RawEvent::from_fields(fields)?,
            plan: Plan {
                route: text(fields, "route")?,
                handler: text(fields, "handler")?,
                priority,
                retry_count: number(fields, "retry_count")?,
                timeout: Duration::from_millis(number(fields, "timeout_ms")?),
                retry_on: statuses(&text(fields, "retry_on").unwrap_or_default()),
            },
            attempts: number(fields, "attempts").unwrap_or(0),
            first_at: number(fields, "first_at").ok().map(Millis),
            last_error: text(fields, "error").unwrap_or_default(),
        })
    }
}

pub(crate) fn status_list(statuses: &[u16]) -> String {
    statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(",")
}

fn statuses(list: &str) -> Vec<u16> {
    list.split(',').filter_map(|status| status.parse().ok()).collect()
}

fn text(fields: &Fields, name: &'static str) -> Result<String, EntryError> {
    let bytes = fields.get(name).ok_or(EntryError::Missing(name))?;
    String::from_utf8(bytes.to_vec())
        .map_err(|_| EntryError::Unreadable { field: name, expected: "UTF-8 text" })
}

fn number<N: std::str::FromStr>(fields: &Fields, name: &'static str) -> Result<N, EntryError> {
    text(fields, name)?.parse().map_err(|_| EntryError::Unreadable { field: name, expected: "a number" })
}
