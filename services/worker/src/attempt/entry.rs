//! A handler of type `stream`: an entry of a Redis stream.

use event::Job;
use stream::Store;
use tokio::time::timeout;

use super::{Outcome, out_of_time};

/// The stream to add to.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) store: Store,
    pub(crate) stream: String,
}

// === impl Entry ===

impl Entry {
    pub(crate) async fn append(&self, job: &Job, trace: &str) -> Outcome {
        let event = &job.event;
        let attempt = job.attempt().to_string();
        let fields: [(&str, &[u8]); 9] = [
            ("event_id", event.id.as_str().as_bytes()),
            ("event_type", event.event_type.as_bytes()),
            ("source", event.source.as_bytes()),
            ("endpoint", event.endpoint.as_bytes()),
            ("route", job.plan.route.as_bytes()),
            ("attempt", attempt.as_bytes()),
            ("content_type", event.body.content_type.as_bytes()),
            ("trace", trace.as_bytes()),
            ("body", &event.body.bytes),
        ];
        match timeout(job.plan.timeout, self.store.append(&self.stream, &fields)).await {
            Err(_) => out_of_time(job.plan.timeout),
            Ok(Ok(_)) => Outcome::Taken { status: None },
            Ok(Err(error)) => Outcome::Failed { why: error.to_string() },
        }
    }
}
