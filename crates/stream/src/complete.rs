//! Jobs that their handlers have taken.

use std::sync::Arc;

use event::{Job, Millis};
use redis::RedisWrite;

use crate::args::Args;
use crate::delivery::Seat;
use crate::packed::{DELIVERED, delivered};
use crate::together::Most;
use crate::{Delivery, Function, JobResult, Settled, StoreError};

pub(crate) static COMPLETE: Function = Function::draining("complete", include_str!("lua/complete.lua"));

/// One call carries no more: it holds Redis up for about a millisecond.
pub(crate) const MOST: Most = Most { items: 100, bytes: usize::MAX };

/// A completed job as `complete.lua` takes it.
pub(crate) struct Completion(Args);

impl Delivery<Job> {
    /// Takes the job off its stream. Whoever waits for the event hears of it. Jobs that one process completes at the same
    /// time travel together.
    ///
    /// # Errors
    /// Redis stayed away; the job will be delivered again when its lease runs out.
    pub async fn complete(self, job: &Job, began: Millis, result: &JobResult) -> Result<Settled, StoreError> {
        let seat = self.receipt.seat.clone();
        let complete = {
            let seat = seat.clone();
            move |completions| complete_all(seat.clone(), completions)
        };
        seat.completing.ask(self.completion(job, began, result), 0, complete).await
    }

    fn completion(self, job: &Job, began: Millis, result: &JobResult) -> Completion {
        let mut args = Args::with_capacity(6, 512);
        args.write_arg_fmt(self.receipt.place(job));
        args.write_arg(self.receipt.id.as_bytes());
        args.write_arg(self.shared.as_bytes());
        args.write_arg(delivered(job, began, result.status).as_bytes());
        args.write_arg(result.for_whoever_waits(job).as_bytes());
        args.write_arg(job.event.id.as_str().as_bytes());
        Completion(args)
    }
}

async fn complete_all(
    seat: Arc<Seat>,
    completions: Vec<Completion>,
) -> Result<Vec<Result<Settled, StoreError>>, StoreError> {
    let keys = seat.store.keys();
    let mut call = seat.call(&COMPLETE);
    call.key(keys.shared()).key(keys.shared_left()).key(keys.all_results()).key(keys.life());
    call.arg(seat.store.history()).arg(DELIVERED);
    completions.iter().for_each(|Completion(args)| _ = call.args(args));
    seat.settle_all(&call).await
}
