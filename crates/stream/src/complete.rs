//! Jobs that their handlers have taken.

use std::sync::Arc;

use event::{Job, Millis};

use crate::delivery::{Seat, insist};
use crate::moves::MOVES;
use crate::together::Most;
use crate::{Delivery, Function, JobResult, Settled, StoreError};

pub(crate) static COMPLETE: Function = Function::draining("complete", include_str!("lua/complete.lua"));

/// One call carries no more: it holds Redis up for about a millisecond.
pub(crate) const MOST: Most = Most { items: 100, bytes: usize::MAX };

/// A completed job as `complete.lua` takes it.
pub(crate) struct Completion(Vec<Vec<u8>>);

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
        let status = result.status.map(|status| status.to_string()).unwrap_or_default();
        let text = [
            job.plan.priority.index().to_string(),
            self.receipt.id,
            self.shared,
            job.event.id.to_string(),
            job.plan.route.clone(),
            job.attempt().to_string(),
            began.0.to_string(),
            status,
            result.for_whoever_waits(job),
        ];
        Completion(text.map(String::into_bytes).into())
    }
}

async fn complete_all(
    seat: Arc<Seat>,
    completions: Vec<Completion>,
) -> Result<Vec<Result<Settled, StoreError>>, StoreError> {
    let keys = seat.store.keys();
    let mut call = MOVES.call(&COMPLETE);
    for stream in keys.all_jobs() {
        call.key(stream);
    }
    call.key(keys.shared()).key(keys.shared_left()).key(keys.all_results()).key(keys.life());
    call.arg(seat.group.as_str()).arg(seat.store.history());
    for Completion(args) in completions {
        call.arg(args);
    }
    let (answers, unsure): (Vec<String>, bool) = insist(&seat.store, &call).await?;
    Ok(answers.iter().map(|answer| Settled::from_answer(answer, unsure)).collect())
}
