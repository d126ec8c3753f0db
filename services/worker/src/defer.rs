//! No place at the handler → Redis: the job is put back, to come again.

use event::Job;
use service::crash_point;
use stream::{Delivery, Settled, StoreError};

use crate::places::Full;

/// Puts a job back as it is: nothing was attempted.
///
/// # Errors
/// Redis stayed away; the job is delivered again when its lease runs out.
pub(crate) async fn defer(delivery: Delivery<Job>, job: &Job, full: Full) -> Result<Settled, StoreError> {
    crash_point("worker.defer.before");
    let deferred = delivery.defer(job, full.after).await;
    crash_point("worker.defer.after");
    deferred
}
