//! Any stream → `dead`: what can't be delivered, with why.

use event::{EventId, Job, Millis, Reason};

use crate::moves::MOVES;
use crate::{Call, Delivery, Function, Group, JobResult, Settled, StoreError};

pub(crate) static BURY: Function = Function::draining("bury", include_str!("lua/bury.lua"));

impl Delivery<Job> {
    /// Moves a job to the dead letters after its last attempt, which began at `began`.
    ///
    /// # Errors
    /// Redis stayed away; the job will be delivered again when its lease runs out.
    pub async fn bury(self, job: &Job, began: Millis, last: &LastWords<'_>) -> Result<Settled, StoreError> {
        let result = JobResult::dead(last.reason, last.status, last.error);
        let mut call = self.burial(&job.event.id, &result.for_whoever_waits(job), Some(began));
        call.arg("attempts").arg(job.attempt());
        call.arg("first_at").arg(job.first_at.unwrap_or(began).0);
        last.write(&mut call);
        self.receipt.settle(&call).await
    }
}

impl<T> Delivery<T> {
    /// Moves an entry to the dead letters as it is: one that can't be read, or that ended several consumers.
    ///
    /// # Errors
    /// Redis stayed away; the entry is reclaimed when its lease runs out.
    pub async fn set_aside(self, last: &LastWords<'_>) -> Result<Settled, StoreError> {
        let mut call = self.burial(&EventId::from_text(""), "", None);
        last.write(&mut call);
        if self.receipt.seat.group == Group::Archive {
            // A copy of an event that was delivered: replayed, it must not be delivered again.
            call.arg("from").arg("archive");
        }
        self.receipt.settle(&call).await
    }

    fn burial(&self, event: &EventId, result: &str, began: Option<Millis>) -> Call {
        let receipt = &self.receipt;
        let (seat, keys) = (&receipt.seat, receipt.store().keys());
        let mut call = MOVES.call(&BURY);
        call.key(&receipt.stream).key(keys.dead()).key(keys.results(event));
        call.key(keys.shared()).key(keys.shared_left()).key(keys.life());
        call.arg(seat.group.as_str()).arg(&seat.consumer).arg(&receipt.id).arg(result);
        call.arg(seat.store.history()).arg(began.map(|began| began.0.to_string()).unwrap_or_default());
        call
    }
}

/// What an operator needs to know of the end.
#[derive(Debug, Clone)]
pub struct LastWords<'a> {
    pub reason: Reason,
    pub error: &'a str,
    /// The handler's last HTTP status, if it gave one.
    pub status: Option<u16>,
    pub at: Millis,
}

// === impl LastWords ===

impl LastWords<'_> {
    fn write(&self, call: &mut Call) {
        call.arg("reason").arg(self.reason.as_str());
        call.arg("error").arg(self.error);
        call.arg("status").arg(self.status.map(|status| status.to_string()).unwrap_or_default());
        call.arg("last_at").arg(self.at.0);
    }
}
