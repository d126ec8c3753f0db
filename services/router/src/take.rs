//! Taking events from the raw stream: new ones, and those of a router that died.

use std::time::Duration;

use event::{Millis, RawEvent, Reason};
use service::Context;
use settings::Settings;
use stream::{Delivery, LastWords, Reader, Reclaim, Settled, StoreError};
use tokio::time::Instant;

/// Longest wait of one read; a stop is asked between reads.
pub(crate) const BLOCK: Duration = Duration::from_secs(1);

/// Events in hand at once.
const BATCH: usize = 100;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Where events come from.
pub(crate) struct Taker<'c> {
    context: &'c Context,
    reader: Reader,
    reclaim: Reclaim,
    reclaim_at: Instant,
    /// How long Redis has been asked to come back; zero while it is there.
    pause: Duration,
}

/// Why an entry can't be routed.
pub(crate) struct Unfit {
    pub(crate) reason: Reason,
    pub(crate) error: String,
}

// === impl Taker ===

impl<'c> Taker<'c> {
    pub(crate) fn new(context: &'c Context, reader: Reader) -> Self {
        let reclaim = Reclaim::after(context.live.now().redis.lease);
        Self { context, reader, reclaim, reclaim_at: Instant::now(), pause: Duration::ZERO }
    }

    /// The next events, perhaps none; `None` once a stop is asked.
    pub(crate) async fn take(&mut self) -> Option<Vec<Delivery<RawEvent>>> {
        if self.context.stop.is_asked() {
            return None;
        }
        match self.take_now().await {
            Ok(deliveries) => {
                self.pause = Duration::ZERO;
                Some(deliveries)
            }
            Err(error) => {
                self.wait_for_redis(&error).await;
                Some(Vec::new())
            }
        }
    }

    async fn take_now(&mut self) -> Result<Vec<Delivery<RawEvent>>, StoreError> {
        let events = self.reader.store().keys().events();
        if Instant::now() >= self.reclaim_at {
            let reclaimed = self.reclaim.step(&self.reader, &events, BATCH).await?;
            if reclaimed.deleted > 0 {
                tracing::error!(
                    entries = reclaimed.deleted,
                    "events were taken but are gone: somebody trims the stream"
                );
            }
            if !reclaimed.deliveries.is_empty() {
                tracing::warn!(
                    events = reclaimed.deliveries.len(),
                    "taking over from a router that fell silent"
                );
                return Ok(reclaimed.deliveries);
            }
            self.reclaim.reap(&self.reader, &events).await?;
            self.reclaim_at = Instant::now() + self.context.live.now().redis.lease / 4;
        }
        self.reader.read(&[events], BATCH).await
    }

    /// Says once that Redis is away, and asks again less and less often.
    async fn wait_for_redis(&mut self, error: &StoreError) {
        if self.pause.is_zero() {
            tracing::warn!(%error, "no events can be taken; trying again");
            self.pause = FIRST_PAUSE;
        }
        self.context.stop.sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }
}

// === impl Unfit ===

impl Unfit {
    /// An event whose body can't be read as its endpoint said.
    pub(crate) fn unreadable(event: &RawEvent, error: &impl std::fmt::Display) -> Self {
        let error = format!("the body of {} can't be read as {}: {error}", event.id, event.body.format);
        Self { reason: Reason::Malformed, error }
    }
}

/// The event in an entry; an entry that can't be read, or that ended several routers, is unfit.
pub(crate) fn open(delivery: &Delivery<RawEvent>, settings: &Settings) -> Result<RawEvent, Unfit> {
    if delivery.times > u64::from(settings.worker.poison_after) {
        let error = format!("handed out {} times without being routed", delivery.times);
        return Err(Unfit { reason: Reason::Poison, error });
    }
    delivery.carried.clone().map_err(|error| Unfit { reason: Reason::Malformed, error: error.to_string() })
}

/// Puts an entry with the dead letters.
pub(crate) async fn set_aside(delivery: Delivery<RawEvent>, unfit: &Unfit) -> Result<Settled, StoreError> {
    let words = LastWords { reason: unfit.reason, error: &unfit.error, status: None, at: Millis::now() };
    delivery.set_aside(&words).await
}
