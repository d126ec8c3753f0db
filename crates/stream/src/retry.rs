//! `jobs:*` → `retry`: a failed job waits for its next attempt.

use std::time::Duration;

use event::{Job, Millis};

use crate::moves::MOVES;
use crate::{Delivery, Function, Settled, StoreError};

pub(crate) static RETRY: Function = Function::draining("retry", include_str!("lua/retry.lua"));

impl Delivery<Job> {
    /// Moves the job to the retry stream, due after `delay` by Redis' clock, with one more attempt counted.
    ///
    /// # Errors
    /// Redis stayed away; the job will be delivered again when its lease runs out.
    pub async fn retry(
        self,
        job: &Job,
        began: Millis,
        delay: Duration,
        error: &str,
    ) -> Result<Settled, StoreError> {
        let receipt = &self.receipt;
        let keys = &receipt.store.keys;
        let mut call = MOVES.call(&RETRY);
        call.key(&receipt.stream).key(keys.retry()).key(keys.retry_due());
        call.arg(receipt.group.as_str()).arg(&receipt.consumer).arg(&receipt.id);
        call.arg(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
        call.arg("attempts").arg(job.attempt());
        call.arg("first_at").arg(job.first_at.unwrap_or(began).0);
        call.arg("error").arg(error);
        receipt.settle(&call).await
    }
}
