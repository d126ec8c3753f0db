//! A handler of type `log`: one line, without the body.

use event::Job;

use super::Outcome;

pub(crate) fn log(job: &Job) -> Outcome {
    let event = &job.event;
    tracing::info!(
        event.id = %event.id,
        event.r#type = event.event_type,
        source.name = event.source,
        endpoint = event.endpoint,
        route = job.plan.route,
        content_type = event.body.content_type,
        bytes = event.body.bytes.len(),
        "event"
    );
    Outcome::Taken { status: None }
}
