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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use event::{Body, EventId, JobId, Plan, Priority, RawEvent};
    use serde_json::{Value, json};

    use super::*;

    fn sample(body: &'static str) -> Event {
        let id = EventId::from_text("evt_1");
        Event::of(&Job {
            id: JobId::new(&id, "bills"),
            event: RawEvent {
                id,
                endpoint: "payments".to_owned(),
                source: "stripe".to_owned(),
                event_type: "invoice.paid".to_owned(),
                received_at: Millis(1_700_000_000_000),
                headers: [("user-agent", "Stripe/1.0")].into_iter().collect(),
                body: Body {
                    bytes: Bytes::from_static(body.as_bytes()),
                    content_type: "application/json; charset=utf-8".to_owned(),
                    format: "json".to_owned(),
                },
                trace: String::new(),
                verified_by: String::new(),
                awaited: false,
            },
            plan: Plan {
                route: "bills".to_owned(),
                handler: "billing".to_owned(),
                priority: Priority::High,
                retry_count: 3,
                timeout: Duration::from_secs(1),
                retry_on: Vec::new(),
            },
            attempts: 2,
            first_at: None,
            last_error: String::new(),
        })
    }

    #[test]
    fn a_handler_sees_what_was_received_and_which_attempt_this_is() {
        let event = sample(r#"{"n":1}"#);
        assert_eq!((event.id(), event.route(), event.attempt()), ("evt_1", "bills", 3));
        let told = (event.event_type(), event.source(), event.endpoint(), event.content_type());
        assert_eq!(told, ("invoice.paid", "stripe", "payments", "application/json; charset=utf-8"));
        assert_eq!((event.received_at(), &event.body()[..]), (Millis(1_700_000_000_000), &br#"{"n":1}"#[..]));
        assert_eq!(event.headers().iter().collect::<Vec<_>>(), [("user-agent", "Stripe/1.0")]);
        assert!(event.delivery_id().starts_with("evt_1") && event.delivery_id() != event.id());
    }

    #[test]
    fn a_body_is_read_as_the_type_that_the_handler_wants() {
        assert_eq!(sample(r#"{"n":1}"#).json::<Value>().unwrap(), json!({ "n": 1 }));
        assert_eq!(sample("[1, 2]").json::<(u8, u8)>().unwrap(), (1, 2));
    }

    #[test]
    fn a_body_that_can_not_be_read_never_will_be_and_is_not_quoted() {
        for (body, place) in
            [("{\"n\":\n \"s3cret\"}", "line 2"), ("{\"n\": s3cret", "line 1"), ("", "line 1")]
        {
            #[derive(Debug, serde::Deserialize)]
            struct Wanted {
                #[expect(dead_code, reason = "only its type matters")]
                n: u8,
            }
            let error = sample(body).json::<Wanted>().unwrap_err();
            assert!(error.is_permanent(), "{error:?}");
            let text = format!("{error:?}");
            assert!(text.contains(place) && !text.contains("s3cret"), "{text}");
        }
    }
}
