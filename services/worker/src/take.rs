//! Takes as many jobs as there are free slots, in the order that `pick` chooses.

use std::time::Duration;

use event::Priority;
use service::Context;
use stream::{Reader, StoreError};

use crate::hands::{Hands, Held, Slots};
use crate::patience::Patience;
use crate::pick::Picker;
use crate::turns::reserve;

/// The longest wait of one read; the stop is asked between reads.
pub(crate) const BLOCK: Duration = Duration::from_secs(1);

/// A read that waits takes one job of each stream.
const READ: usize = 4;
/// One claim holds Redis up for about a millisecond and a half.
const BATCH: usize = 100;
/// A claim waits this long for a quarter of the slots to be free, beside those that are kept: where deliveries end one by
/// one, one claim for each would cost Redis and us several times as much as one for many.
const GATHER: Duration = Duration::from_millis(1);
/// With too few slots for a read that waits, the streams are looked at this often.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Every order for the last slots holds these two only.
const URGENT: [Priority; 4] = [Priority::Critical, Priority::High, Priority::Critical, Priority::High];

/// Where the jobs of one partition come from.
pub(crate) struct Taker<'c> {
    context: &'c Context,
    reader: &'c Reader,
    hands: &'c Hands,
    picker: Picker,
    patience: Patience,
}

/// Deliveries at once that this configuration allows, never fewer than one read of each partition may bring.
pub(crate) fn size(context: &Context) -> usize {
    context.live.now().worker.concurrency.max(READ * usize::from(context.store.partition_count()))
}

// === impl Taker ===

impl<'c> Taker<'c> {
    pub(crate) fn new(context: &'c Context, reader: &'c Reader, hands: &'c Hands) -> Self {
        let patience = Patience::new("no jobs can be taken");
        Self { context, reader, hands, picker: Picker::default(), patience }
    }

    /// The next jobs, perhaps none; `None` once a stop is asked.
    pub(crate) async fn take(&mut self) -> Option<Vec<Held>> {
        let slots = tokio::select! {
            biased;
            () = self.context.stop.asked() => return None,
            slots = self.free_slots() => slots,
        };
        let taken = self.take_into(slots).await;
        if taken.as_ref().is_ok_and(|jobs| !jobs.is_empty()) {
            service::crash_point("worker.take.after");
        }
        Some(self.patience.with(taken, &self.context.stop).await.unwrap_or_default())
    }

    /// All that are free, at least one; once a moment has gone by for more to be, if they are few.
    async fn free_slots(&self) -> Slots {
        let (slots, enough) = self.slots_now().await;
        if slots.count() >= enough {
            return slots;
        }
        drop(slots);
        // Out of time is as good: there is one at least, or will be.
        let _ = tokio::time::timeout(GATHER, self.hands.wait_for(enough)).await;
        self.slots_now().await.0
    }

    /// All that are free, at least one, and how many are enough to claim for. Those that are kept for urgent jobs are the last
    /// to go where there are too many: lesser jobs may stand in all others.
    async fn slots_now(&self) -> (Slots, usize) {
        loop {
            let mut slots = self.hands.free(usize::MAX).await;
            let size = size(self.context);
            let ahead = self.hands.resize(size);
            self.hands.shed(&mut slots, reserve(size));
            if slots.count() > 0 {
                return (slots, reserve(size) + (size / 4).max(ahead / 2));
            }
        }
    }

    async fn take_into(&mut self, mut slots: Slots) -> Result<Vec<Held>, StoreError> {
        let (free, reserve) = (slots.count(), reserve(size(self.context)));
        let (order, count) = match free.checked_sub(reserve) {
            Some(count) if count > 0 => (self.picker.pick(), count),
            _ => (URGENT, free),
        };
        let jobs = self.reader.claim(order, count.min(BATCH)).await?;
        if !jobs.is_empty() {
            return Ok(self.hands.hold(jobs, slots));
        }
        if free < reserve + READ {
            drop(slots);
            let freed = self.hands.wait_for(reserve.max(free) + 1);
            // Out of time is as good as a free slot: look again.
            let _ = tokio::time::timeout(LOOK_AGAIN, freed).await;
            return Ok(Vec::new());
        }
        slots.keep(READ);
        let jobs = self.reader.read(&self.reader.store().keys().all_jobs(), 1).await?;
        Ok(self.hands.hold(jobs, slots))
    }
}
