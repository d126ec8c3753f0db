//! Job → outcome: one call of the handler, within the time that its route allows.

mod http;
mod headers;
mod trace;
mod answer;
mod entry;
mod log;
mod code;

use std::time::Duration;

use event::{Job, Millis};
use tokio::time::Instant;
use tracing::Instrument;

pub(crate) use code::Code;
pub(crate) use entry::Entry;
pub(crate) use http::Post;

use crate::handlers::{Call, Target};

/// What came of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The handler has the event.
    Taken { status: Option<u16> },
    /// It answered, but not with a 2xx. `excerpt` is the beginning of its answer's body.
    Answered { status: u16, retry_after: Option<Duration>, excerpt: String },
    /// No answer: no connection, no time left, or its own code failed.
    Failed { why: String },
    /// Its own code says that trying again is of no use.
    Refused { why: String },
    /// There is no handler of that name.
    Unknown,
}

/// An outcome, and when and how long.
#[derive(Debug)]
pub(crate) struct Attempted {
    pub(crate) outcome: Outcome,
    pub(crate) began: Millis,
    pub(crate) took: Duration,
}

impl Outcome {
    /// What the handler answered with, if it did.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Taken { status } => *status,
            Self::Answered { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// Calls the handler, at which it has a place.
pub(crate) async fn attempt(target: Option<&Target>, job: &Job) -> Attempted {
    let (began, start) = (Millis::now(), Instant::now());
    let span = tracing::info_span!("attempt", handler = job.plan.handler, attempt = job.attempt());
    let outcome = match target {
        Some(target) => {
            let trace = trace::traceparent(&span, job);
            call(target, job, &trace).instrument(span).await
        }
        None => Outcome::Unknown,
    };
    Attempted { outcome, began, took: start.elapsed() }
}

async fn call(target: &Target, job: &Job, trace: &str) -> Outcome {
    match &target.call {
        Call::Http(post) => post.send(job, trace).await,
        Call::Stream(entry) => entry.append(job, trace).await,
        Call::Log => log::log(job),
        Call::Code(code) => code.run(job).await,
        Call::Missing => Outcome::Unknown,
    }
}

fn out_of_time(limit: Duration) -> Outcome {
    Outcome::Failed { why: format!("no answer within {} s", limit.as_secs_f64()) }
}
