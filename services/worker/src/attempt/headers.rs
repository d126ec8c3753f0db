//! The headers of a delivery.

use std::fmt::Write;

use event::{Job, JobId};
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use secrecy::{ExposeSecret, SecretString};
use signature::{Secret, standard_webhooks};

/// What the contract promises for every delivery. Made once: a name is looked through, letter by letter, when it is made.
static PROMISED: [HeaderName; 11] = [
    CONTENT_TYPE,
    HeaderName::from_static("webhook-id"),
    HeaderName::from_static("webhook-timestamp"),
    HeaderName::from_static("webhook-signature"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("hookstream-event-id"),
    HeaderName::from_static("hookstream-event-type"),
    HeaderName::from_static("hookstream-source"),
    HeaderName::from_static("hookstream-endpoint"),
    HeaderName::from_static("hookstream-route"),
    HeaderName::from_static("hookstream-attempt"),
];

/// The handler's own headers, as configured, and what every client says of itself.
pub(crate) fn own(headers: &[(String, SecretString)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        // Names and values were checked when the configuration was read.
        if let (Ok(name), Some(mut value)) =
            (HeaderName::from_bytes(name.as_bytes()), value_of(value.expose_secret()))
        {
            value.set_sensitive(true);
            map.append(name, value);
        }
    }
    for (name, value) in [(USER_AGENT, outbound::USER_AGENT), (ACCEPT, "*/*")] {
        map.entry(name).or_insert(HeaderValue::from_static(value));
    }
    map
}

/// The handler's own headers and those that the contract promises, which outrank them, signed at `now` (Unix seconds).
pub(crate) fn of(own: &HeaderMap, job: &Job, trace: &str, secret: Option<&Secret>, now: i64) -> HeaderMap {
    let event = &job.event;
    let id = webhook_id(&job.id);
    let signature = secret.map(|secret| standard_webhooks::sign(secret, &id, now, &event.body.bytes));
    let (now, attempt) = (now.to_string(), job.attempt().to_string());
    let values: [&str; PROMISED.len()] = [
        &event.body.content_type,
        &id,
        &now,
        signature.as_deref().unwrap_or_default(),
        trace,
        event.id.as_str(),
        &event.event_type,
        &event.source,
        &event.endpoint,
        &job.plan.route,
        &attempt,
    ];
    // And room for those that the client adds.
    let mut map = HeaderMap::with_capacity(own.len() + PROMISED.len() + 2);
    for (name, value) in own {
        map.append(name.clone(), value.clone());
    }
    for (name, text) in PROMISED.iter().zip(values).filter(|(_, text)| !text.is_empty()) {
        if let Some(value) = value_of(text) {
            map.insert(name, value);
        }
    }
    map
}

/// The job's id: the same on every attempt, and another for every route of an event. What a header or the signed
/// text (`{id}.{timestamp}.{body}`) can't hold, a route's full stop above all, is written as `%` and two hex digits.
fn webhook_id(job: &JobId) -> String {
    let mut id = String::with_capacity(job.as_str().len());
    for byte in job.as_str().bytes() {
        if byte.is_ascii_alphanumeric() || b"_-:".contains(&byte) {
            id.push(char::from(byte));
        } else {
            write!(id, "%{byte:02X}").expect("a String takes everything");
        }
    }
    id
}

/// A provider may put anything into an event's type; what a header can't hold is left out.
fn value_of(text: &str) -> Option<HeaderValue> {
    let whole = HeaderValue::from_bytes(text.as_bytes());
    whole.or_else(|_| HeaderValue::from_bytes(text.replace(char::is_control, "").as_bytes())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_id_is_the_jobs_and_holds_no_full_stop() {
        assert_eq!(webhook_id(&JobId::from_text("evt_0:billing")), "evt_0:billing");
        assert_eq!(webhook_id(&JobId::from_text("evt_0:v1.é x")), "evt_0:v1%2E%C3%A9%20x");
    }

    #[test]
    fn what_a_header_cannot_hold_is_left_out() {
        assert_eq!(value_of("a\r\nb").unwrap().as_bytes(), b"ab");
        assert_eq!(value_of("é").unwrap().as_bytes(), "é".as_bytes());
    }

    #[test]
    fn a_handlers_own_headers_are_not_shown() {
        let map = own(&[("authorization".to_owned(), SecretString::from("Bearer hunter2"))]);
        assert!(!format!("{map:?}").contains("hunter2"));
        assert_eq!(map["authorization"], "Bearer hunter2");
    }

    #[test]
    fn a_handler_may_be_told_another_name_than_ours() {
        assert_eq!(own(&[])["user-agent"], outbound::USER_AGENT);
        let map = own(&[("User-Agent".to_owned(), SecretString::from("billing"))]);
        assert_eq!(map.get_all("user-agent").iter().collect::<Vec<_>>(), ["billing"]);
    }
}
