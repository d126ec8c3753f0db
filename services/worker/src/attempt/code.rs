//! A handler of type `rust`: code registered under the handler's name.

use event::Job;
use tokio::task::JoinError;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use super::{Outcome, out_of_time};
use crate::handler_event::Event;
use crate::registry::{Handle, HandlerError};

/// The code to run.
#[derive(Clone)]
pub(crate) struct Code(pub(crate) Handle);

// === impl Code ===

impl Code {
    /// Runs it in a task of its own, so that a panic ends that task only. Out of time, the task is ended at its next
    /// `await`.
    pub(crate) async fn run(&self, job: &Job) -> Outcome {
        let (handle, event) = (self.0.clone(), Event::of(job));
        let task = AbortOnDropHandle::new(tokio::spawn(async move { handle(event).await }));
        match timeout(job.plan.timeout, task).await {
            Err(_) => out_of_time(job.plan.timeout),
            Ok(Ok(Ok(()))) => Outcome::Taken { status: None },
            Ok(Ok(Err(error))) => outcome(&error),
            Ok(Err(ended)) => Outcome::Failed { why: last_words(ended) },
        }
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Code")
    }
}

fn outcome(error: &HandlerError) -> Outcome {
    let why = error.to_string();
    if error.is_permanent() { Outcome::Refused { why } } else { Outcome::Failed { why } }
}

fn last_words(ended: JoinError) -> String {
    let Ok(panic) = ended.try_into_panic() else { return "the handler's task was ended".to_owned() };
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    match text {
        Some(text) => format!("the handler panicked: {text}"),
        None => "the handler panicked".to_owned(),
    }
}
