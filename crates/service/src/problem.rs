//! Refusals as RFC 9457 `application/problem+json`.

use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::{Map, Value};

/// An answer that says no, and why. `detail` is for the sender: it holds nothing of the request and no secret.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    request_id: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    more: Map<String, Value>,
}

/// The members in the order of RFC 9457, then ours.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    request_id: &'a str,
    #[serde(flatten)]
    more: &'a Map<String, Value>,
}

/// What a request is called in its answer and in the log.
pub fn request_id() -> String {
    format!("req_{:032x}", rand::random::<u128>())
}

// === impl Problem ===

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            request_id: String::new(),
            headers: Vec::new(),
            more: Map::new(),
        }
    }

    /// A page of ours takes only these methods, such as `GET, HEAD`.
    pub fn other_method(allowed: &str) -> Self {
        let detail = format!("This page takes {allowed}.");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail).with(ALLOW, allowed)
    }

    #[must_use]
    pub fn for_request(mut self, id: &str) -> Self {
        id.clone_into(&mut self.request_id);
        self
    }

    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// One more member beside the usual ones.
    #[must_use]
    pub fn with_member(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.to_owned(), value);
        self
    }

    /// Whole seconds, rounded up: whoever comes back then is let in.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        let seconds = wait.as_millis().div_ceil(1000).max(1);
        self.with(RETRY_AFTER, &seconds.to_string())
    }

    pub fn status(&self) -> StatusCode {
        self.status
    }

    pub fn code(&self) -> &'static str {
        self.code
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status.as_u16(), self.code, self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// With an id of its own where nobody gave it one: whoever was refused can always name the answer.
    fn error_response(&self) -> HttpResponse {
        let request_id = if self.request_id.is_empty() { &request_id() } else { &self.request_id };
        let mut answer = HttpResponse::build(self.status);
        for (name, value) in &self.headers {
            answer.append_header((name.clone(), value.clone()));
        }
        answer.insert_header(("X-Request-Id", request_id.as_str()));
        let body = Body {
            kind: format!("https://hookstream.dev/problems/{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Refused"),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            request_id,
            more: &self.more,
        };
        let json = serde_json::to_string(&body).expect("text and numbers are always JSON");
        answer.insert_header((CONTENT_TYPE, "application/problem+json")).body(json)
    }
}
