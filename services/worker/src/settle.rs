//! Ruling → Redis: carried out once, in one step.

use std::sync::Arc;

use event::{Job, Millis, Reason};
use service::crash_point;
use stream::{Delivery, Failed, JobResult, LastWords, Settled, StoreError};

use crate::attempt::Attempted;
use crate::judge::Ruling;

/// Carries a ruling out.
///
/// # Errors
/// Redis stayed away; the job is delivered again when its lease runs out.
pub(crate) async fn settle(
    delivery: Delivery<Job>,
    job: &Job,
    attempted: &Attempted,
    ruling: &Ruling,
) -> Result<Settled, StoreError> {
    match ruling {
        Ruling::Done { status } => {
            crash_point("worker.complete.before");
            let completed = delivery.complete(job, attempted.began, &JobResult::delivered(*status)).await;
            crash_point("worker.complete.after");
            completed
        }
        Ruling::Again { after, error } => {
            let error = error.to_string();
            let failed = Failed { began: attempted.began, error: &error, status: attempted.outcome.status() };
            crash_point("worker.retry.before");
            let retried = delivery.retry(job, &failed, *after).await;
            crash_point("worker.retry.after");
            retried
        }
        Ruling::Dead { reason, error, status } => {
            let error = error.to_string();
            let last = LastWords { reason: *reason, error: &error, status: *status, at: Millis::now() };
            crash_point("worker.bury.before");
            let buried = delivery.bury(job, attempted.began, &last).await;
            crash_point("worker.bury.after");
            buried
        }
    }
}

/// An entry that must not be attempted, and why.
#[derive(Debug)]
pub(crate) struct Unfit {
    pub(crate) reason: Reason,
    pub(crate) error: String,
    /// Empty if it can't be read.
    pub(crate) event: String,
    pub(crate) route: String,
}

/// The job in an entry, unless it can't be read or has ended several workers.
pub(crate) fn open(delivery: &Delivery<Job>, poison_after: u32) -> Result<Arc<Job>, Unfit> {
    let job = match &delivery.carried {
        Ok(job) => job,
        Err(error) => {
            let (event, route) = (String::new(), String::new());
            let error = format!("the entry {} can't be read: {error}", delivery.entry());
            return Err(Unfit { reason: Reason::Malformed, error, event, route });
        }
    };
    if delivery.times > u64::from(poison_after) {
        let (event, route) = (job.event.id.to_string(), job.plan.route.clone());
        let error = format!("{} workers died or fell silent while delivering it", delivery.times - 1);
        return Err(Unfit { reason: Reason::Poison, error, event, route });
    }
    Ok(job.clone())
}

/// Puts an unfit entry with the dead letters, as it is.
///
/// # Errors
/// As [`settle`].
pub(crate) async fn set_aside(delivery: Delivery<Job>, unfit: &Unfit) -> Result<Settled, StoreError> {
    let last = LastWords { reason: unfit.reason, error: &unfit.error, status: None, at: Millis::now() };
    crash_point("worker.set_aside.before");
    let set_aside = delivery.set_aside(&last).await;
    crash_point("worker.set_aside.after");
    set_aside
}
