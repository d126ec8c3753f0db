//! An event as ingress accepted it.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{EventId, Headers, Millis};

/// A request body, to the byte as it was sent, and what it claims to be. Serialised without its bytes, which are not
/// text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    #[serde(skip)]
    pub bytes: Bytes,
    /// The request's `Content-Type`, as sent.
    pub content_type: String,
    /// The endpoint's `event_format`: `json`, `xml` or `form`.
    pub format: String,
}

/// What `hs:{0}:events` carries from ingress to router.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawEvent {
    pub id: EventId,
    /// The endpoint that received it.
    pub endpoint: String,
    /// The endpoint's provider, which routes name in `source_filters`.
    pub source: String,
    pub event_type: String,
    pub received_at: Millis,
    /// The request's headers that are safe to keep; no signatures, credentials or cookies.
    pub headers: Headers,
    pub body: Body,
    /// W3C `traceparent` of the span that accepted it; empty if not traced.
    pub trace: String,
    /// The fingerprint of the key that the signature was made with; empty if none was asked for.
    pub verified_by: String,
    /// Somebody waits for the outcome (`run` in `/admin/routes/test`).
    pub awaited: bool,
}
