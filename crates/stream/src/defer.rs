//! `jobs:*` → `retry`: a job whose handler has no place for it yet.

use std::sync::Arc;
use std::time::Duration;

use event::Job;
use redis::RedisWrite;

use crate::args::Args;
use crate::delivery::Seat;
use crate::together::Most;
use crate::{Delivery, Function, Settled, StoreError};

pub(crate) static DEFER: Function = Function::draining("defer", include_str!("lua/defer.lua"));

/// One call carries no more: it holds Redis up for about a millisecond.
pub(crate) const MOST: Most = Most { items: 25, bytes: 256 * 1024 };

/// A job as `defer.lua` takes it.
pub(crate) struct Deferral(Args);

impl Delivery<Job> {
    /// Moves the job to the retry stream, due after `delay` by Redis' clock: as it is, for nothing was attempted. Jobs that
    /// one process defers at the same time travel together.
    ///
    /// # Errors
    /// Redis stayed away; the job will be delivered again when its lease runs out.
    pub async fn defer(self, job: &Job, delay: Duration) -> Result<Settled, StoreError> {
        let seat = self.receipt.seat.clone();
        let mut args = Args::default();
        args.write_arg_fmt(self.receipt.place(job));
        args.write_arg(self.receipt.id.as_bytes());
        args.write_arg_fmt(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
        let defer = {
            let seat = seat.clone();
            move |deferrals| defer_all(seat.clone(), deferrals)
        };
        seat.deferring.ask(Deferral(args), job.event.body.bytes.len(), defer).await
    }
}

async fn defer_all(
    seat: Arc<Seat>,
    deferrals: Vec<Deferral>,
) -> Result<Vec<Result<Settled, StoreError>>, StoreError> {
    let keys = seat.store.keys();
    let mut call = seat.call(&DEFER);
    call.key(keys.retry()).key(keys.retry_due());
    call.arg(&seat.consumer);
    deferrals.iter().for_each(|Deferral(args)| _ = call.args(args));
    seat.settle_all(&call).await
}
