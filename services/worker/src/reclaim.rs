//! Jobs of workers that died or fell silent come to us; what such workers left of themselves is cleared away.

use std::time::Duration;

use event::Job;
use service::{Context, Stop};
use stream::{Reader, Reclaim, Reclaimed};
use tokio::time::Instant;

use crate::hands::{Hands, Held};
use crate::observe::Observed;
use crate::patience::Patience;

/// Steps of the scan in each stream, in one round. The cursor is kept, so what is left comes in the next.
const STEPS: usize = 8;
/// Taken over in one step, at most.
const BATCH: usize = 32;
const REAP_EVERY: Duration = Duration::from_secs(60);

/// The scan for what others left behind.
pub(crate) struct Salvage<'c> {
    reader: &'c Reader,
    hands: &'c Hands,
    observed: &'c Observed,
    stop: Stop,
    scan: Reclaim,
    every: Duration,
    patience: Patience,
}

// === impl Salvage ===

impl<'c> Salvage<'c> {
    pub(crate) fn new(
        context: &Context,
        reader: &'c Reader,
        hands: &'c Hands,
        observed: &'c Observed,
    ) -> Self {
        let lease = context.live.now().redis.lease;
        Self {
            reader,
            hands,
            observed,
            stop: context.stop.clone(),
            scan: Reclaim::after(lease),
            every: lease / 4,
            patience: Patience::new("jobs of dead workers can't be taken over"),
        }
    }

    /// Scans until the stop, and hands each job over to `work`.
    pub(crate) async fn run(mut self, work: impl Fn(Held)) {
        let mut reap_at = Instant::now();
        while self.stop.sleep(self.every).await {
            for stream in self.reader.store().keys().all_jobs() {
                self.round(&stream, &work).await;
            }
            if Instant::now() >= reap_at {
                self.reap().await;
                reap_at = Instant::now() + REAP_EVERY;
            }
        }
    }

    async fn round(&mut self, stream: &str, work: &impl Fn(Held)) {
        for _ in 0..STEPS {
            let slots = tokio::select! {
                biased;
                () = self.stop.asked() => return,
                slots = self.hands.free(BATCH) => slots,
            };
            let found = self.scan.step(self.reader, stream, slots.count()).await;
            let found: Option<Reclaimed<Job>> = self.patience.with(found, &self.stop).await;
            let Some(Reclaimed { deliveries, deleted }) = found else { return };
            if !deliveries.is_empty() {
                service::crash_point("worker.reclaim.after");
            }
            self.observed.reclaimed(deliveries.len(), deleted);
            self.hands.hold(deliveries, slots).into_iter().for_each(work);
        }
    }

    async fn reap(&mut self) {
        for stream in self.reader.store().keys().all_jobs() {
            let reaped = self.scan.reap(self.reader, &stream).await;
            if let Some(1..) = self.patience.with(reaped, &self.stop).await {
                tracing::debug!(stream, "workers long gone are forgotten");
            }
        }
    }
}
