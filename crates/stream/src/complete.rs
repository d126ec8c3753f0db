//! A job that its handler has taken.

use std::sync::LazyLock;

use event::Job;

use crate::{Delivery, JobResult, Script, Settled, StoreError};

static COMPLETE: LazyLock<Script> = LazyLock::new(|| Script::draining(include_str!("lua/complete.lua")));

impl Delivery<Job> {
    /// Takes the job off its stream. Whoever waits for the event hears of it.
    ///
    /// # Errors
    /// Redis stayed away; the job will be delivered again when its lease runs out.
    pub async fn complete(self, job: &Job, result: &JobResult) -> Result<Settled, StoreError> {
        let receipt = &self.receipt;
        let mut call = COMPLETE.prepare();
        call.key(&receipt.stream).key(receipt.store.keys.results(&job.event.id));
        call.arg(receipt.group.as_str()).arg(&receipt.id).arg(result.for_whoever_waits(job));
        receipt.settle(&call).await
    }
}
