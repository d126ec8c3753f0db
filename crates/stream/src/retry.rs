//! `jobs:*` → `retry`: a failed job waits for its next attempt.

use std::time::Duration;

use event::{Job, Millis};

use crate::moves::MOVES;
use crate::{Delivery, Function, Settled, StoreError};

pub(crate) static RETRY: Function = Function::draining("retry", include_str!("lua/retry.lua"));

/// An attempt that failed.
#[derive(Debug, Clone, Copy)]
pub struct Failed<'a> {
    pub began: Millis,
    pub error: &'a str,
    /// The handler's HTTP status, if it gave one.
    pub status: Option<u16>,
}

impl Delivery<Job> {
    /// Moves the job to the retry stream, due after `delay` by Redis' clock, with one more attempt counted.
    ///
    /// # Errors
    /// Redis stayed away; the job will be delivered again when its lease runs out.
    pub async fn retry(self, job: &Job, failed: &Failed<'_>, delay: Duration) -> Result<Settled, StoreError> {
        let receipt = &self.receipt;
        let (seat, keys) = (&receipt.seat, receipt.store().keys());
        let mut call = MOVES.call(&RETRY);
        call.key(&receipt.stream).key(keys.retry()).key(keys.retry_due()).key(keys.life());
        call.arg(seat.group.as_str()).arg(&seat.consumer).arg(&receipt.id);
        call.arg(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
        call.arg(seat.store.history())
            .arg(failed.began.0)
            .arg(failed.status.map(|status| status.to_string()).unwrap_or_default());
        call.arg("attempts").arg(job.attempt());
        call.arg("first_at").arg(job.first_at.unwrap_or(failed.began).0);
        call.arg("error").arg(failed.error);
        receipt.settle(&call).await
    }
}
