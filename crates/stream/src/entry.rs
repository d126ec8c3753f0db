//! Events, jobs and dead letters as fields of a stream's entry, readable with `redis-cli`.

use std::time::Duration;

use event::{Body, EventId, Headers, Job, JobId, Millis, Plan, RawEvent};

use crate::Fields;

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
    fn from_fields(fields: Fields) -> Result<Self, EntryError>;
}

// === impl Carried ===

impl Carried for RawEvent {
    fn from_fields(mut fields: Fields) -> Result<Self, EntryError> {
        event(&mut fields)
    }
}

impl Carried for Job {
    /// In the order in which `route.lua` writes them.
    fn from_fields(mut fields: Fields) -> Result<Self, EntryError> {
        let fields = &mut fields;
        Ok(Self {
            id: JobId::from_text(fields.take_text("job")?),
            plan: plan(fields)?,
            attempts: fields.take_number("attempts").unwrap_or(0),
            first_at: fields.take_number("first_at").ok().map(Millis),
            last_error: fields.take_text("error").unwrap_or_default(),
            event: event(fields)?,
        })
    }
}

fn plan(fields: &mut Fields) -> Result<Plan, EntryError> {
    let not_one = |_| EntryError::Unreadable { field: "priority", expected: "a priority" };
    Ok(Plan {
        route: fields.take_text("route")?,
        priority: fields.take_text("priority")?.parse().map_err(not_one)?,
        handler: fields.take_text("handler")?,
        retry_count: fields.take_number("retry_count")?,
        timeout: Duration::from_millis(fields.take_number("timeout_ms")?),
        retry_on: statuses(&fields.take_text("retry_on").unwrap_or_default()),
    })
}

/// In the order of [`META`](crate::packed::META).
fn event(fields: &mut Fields) -> Result<RawEvent, EntryError> {
    let id = EventId::from_text(fields.take_text("event_id")?);
    let (endpoint, source) = (fields.take_text("endpoint")?, fields.take_text("source")?);
    let (event_type, received_at) = (fields.take_text("event_type")?, fields.take_number("received_at")?);
    let content_type = fields.take_text("content_type").unwrap_or_default();
    let format = fields.take_text("format")?;
    Ok(RawEvent {
        id,
        endpoint,
        source,
        event_type,
        received_at: Millis(received_at),
        headers: Headers::from_json(&fields.take_text("headers").unwrap_or_default()),
        trace: fields.take_text("trace").unwrap_or_default(),
        verified_by: fields.take_text("verified_by").unwrap_or_default(),
        awaited: fields.take("awaited").is_some_and(|flag| flag == b"1"),
        body: Body {
            bytes: fields.take("body").ok_or(EntryError::Missing("body"))?.into(),
            content_type,
            format,
        },
    })
}

fn statuses(list: &str) -> Vec<u16> {
    list.split(',').filter_map(|status| status.parse().ok()).collect()
}
