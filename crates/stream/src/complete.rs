//! A job that its handler has taken.

use event::Job;

use crate::moves::MOVES;
use crate::{Delivery, Function, JobResult, Settled, StoreError};

pub(crate) static COMPLETE: Function = Function::draining("complete", include_str!("lua/complete.lua"));

impl Delivery<Job> {
    /// Takes the job off its stream. Whoever waits for the event hears of it.
    ///
    /// # Errors
    /// Redis stayed away; the job will be delivered again when its lease runs out.
    pub async fn complete(self, job: &Job, result: &JobResult) -> Result<Settled, StoreError> {
        let receipt = &self.receipt;
        let mut call = MOVES.call(&COMPLETE);
        call.key(&receipt.stream).key(receipt.store.keys.results(&job.event.id));
        call.arg(receipt.group.as_str()).arg(&receipt.id).arg(result.for_whoever_waits(job));
        receipt.settle(&call).await
    }
}
