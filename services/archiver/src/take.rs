//! Taking events from the archive's stream.

use std::time::Duration;

use event::RawEvent;
use service::{Backoff, Context, catalog};
use stream::{Delivery, Group, Intake, Reader, Store, StoreError};

/// Longest wait of one read; a stop is asked between reads.
const BLOCK: Duration = Duration::from_secs(1);

/// Events in hand at once: with bodies of the usual largest size, 200 MiB.
const BATCH: usize = 200;

/// Where the events of one partition come from.
pub(crate) struct Taker<'c> {
    context: &'c Context,
    intake: Intake,
    backoff: Backoff,
}

// === impl Taker ===

impl<'c> Taker<'c> {
    /// `store` is the partition's.
    pub(crate) fn new(context: &'c Context, store: Store) -> Self {
        let archive = store.keys().archive();
        let reader = Reader::new(store, Group::Archive, context.about.name, BLOCK);
        let intake = Intake::new(reader, archive, context.live.now().redis.lease);
        let backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));
        Self { context, intake, backoff }
    }

    /// The next events, perhaps none.
    pub(crate) async fn take(&mut self) -> Vec<Delivery<RawEvent>> {
        match self.intake.take(BATCH).await {
            Ok(deliveries) => {
                self.backoff.reset();
                self.count_taken_over(&deliveries);
                deliveries
            }
            Err(error) => {
                // A missing group was just made: that is how the first start goes.
                if self.backoff.is_fresh() && !matches!(error, StoreError::NoGroup(_)) {
                    tracing::warn!(%error, "no events can be taken; trying again");
                }
                self.backoff.wait(&self.context.stop).await;
                Vec::new()
            }
        }
    }

    fn count_taken_over(&self, deliveries: &[Delivery<RawEvent>]) {
        let events = deliveries.iter().filter(|delivery| delivery.times > 1).count();
        if events > 0 {
            tracing::warn!(events, "taking over from an archiver that fell silent");
            let labels = [("service", self.context.about.name)];
            self.context.meter.add(catalog::RECLAIMED, &labels, events as f64);
        }
    }
}
