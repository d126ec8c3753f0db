//! An event as Rust handlers see it.

use bytes::Bytes;
use event::{Headers, Job, Millis};
use serde::de::DeserializeOwned;

use crate::HandlerError;

/// An event, on its way to a handler for the n-th time.
#[derive(Debug, Clone)]
pub struct Event {
    job: Job,
}

// === impl Event ===

impl Event {
    pub(crate) fn of(job: &Job) -> Self {
        Self { job: job.clone() }
    }

    /// The event's id: `evt_…`, the one that its sender was told.
    pub fn id(&self) -> &str {
        self.job.event.id.as_str()
    }

    /// The same on every attempt, and another for every route: what was done once under this id is done.
    pub fn delivery_id(&self) -> &str {
        self.job.id.as_str()
    }

    pub fn event_type(&self) -> &str {
        &self.job.event.event_type
    }

    /// The provider, as routes name it in `source_filters`.
    pub fn source(&self) -> &str {
        &self.job.event.source
    }

    /// The id of the endpoint that received it.
    pub fn endpoint(&self) -> &str {
        &self.job.event.endpoint
    }

    /// The route that led here.
    pub fn route(&self) -> &str {
        &self.job.plan.route
    }

    /// Which attempt this is, from 1.
    pub fn attempt(&self) -> u32 {
        self.job.attempt()
    }

    /// When the ingress accepted it.
    pub fn received_at(&self) -> Millis {
        self.job.event.received_at
    }

    /// The request's headers, without signatures, credentials and cookies.
    pub fn headers(&self) -> &Headers {
        &self.job.event.headers
    }

    pub fn content_type(&self) -> &str {
        &self.job.event.body.content_type
    }

    /// The body, to the byte as it was sent.
    pub fn body(&self) -> &Bytes {
        &self.job.event.body.bytes
    }

    /// The body read as JSON.
    ///
    /// # Errors
    /// A permanent one: the same body never reads otherwise.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HandlerError> {
        serde_json::from_slice(self.body()).map_err(|error| {
            // The message of serde_json may quote the body.
            let (line, column) = (error.line(), error.column());
            HandlerError::permanent(format!(
                "the body is not the JSON expected, at line {line}, column {column}"
            ))
        })
    }
}
