//! Taking events from the raw stream: new ones, and those of a router that died.

use std::sync::Arc;
use std::time::Duration;

use event::{Millis, RawEvent, Reason};
use service::{Backoff, Context, catalog};
use settings::Settings;
use stream::{Delivery, Group, Intake, LastWords, Reader, Settled, Store, StoreError};

/// Longest wait of one read; a stop is asked between reads.
const BLOCK: Duration = Duration::from_secs(1);

/// Events in hand at once.
const BATCH: usize = 100;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Where the events of one partition come from.
pub(crate) struct Taker<'c> {
    context: &'c Context,
    intake: Intake,
    backoff: Backoff,
    /// The groups were there once.
    has_taken: bool,
}

/// Why an entry can't be routed.
pub(crate) struct Unfit {
    pub(crate) reason: Reason,
    pub(crate) error: String,
}

// === impl Taker ===

impl<'c> Taker<'c> {
    /// `store` is the partition's.
    pub(crate) fn new(context: &'c Context, store: Store) -> Self {
        let events = store.keys().events();
        let reader = Reader::new(store, Group::Route, context.about.name, BLOCK);
        let intake = Intake::new(reader, events, context.live.now().redis.lease);
        Self { context, intake, backoff: Backoff::new(FIRST_PAUSE, LONGEST_PAUSE), has_taken: false }
    }

    /// The next events, perhaps none; `None` once a stop is asked.
    pub(crate) async fn take(&mut self) -> Option<Vec<Delivery<RawEvent>>> {
        if self.context.stop.is_asked() {
            return None;
        }
        match self.intake.take(BATCH).await {
            Ok(deliveries) => {
                if !deliveries.is_empty() {
                    service::crash_point("router.take.after");
                }
                self.has_taken = true;
                self.backoff.reset();
                self.count_taken_over(&deliveries);
                Some(deliveries)
            }
            Err(error) => {
                match error {
                    // A missing group was just made: that is how the first start goes.
                    StoreError::NoGroup(_) if !self.has_taken => {}
                    StoreError::NoGroup(_) => {
                        tracing::error!(%error, "Redis has lost its data; the groups are made again");
                    }
                    _ if self.backoff.is_fresh() => {
                        tracing::warn!(%error, "no events can be taken; trying again");
                    }
                    _ => {}
                }
                self.backoff.wait(&self.context.stop).await;
                Some(Vec::new())
            }
        }
    }

    fn count_taken_over(&self, deliveries: &[Delivery<RawEvent>]) {
        let events = deliveries.iter().filter(|delivery| delivery.times > 1).count();
        if events > 0 {
            tracing::warn!(events, "taking over from a router that fell silent");
            self.context.meter.add(
                catalog::RECLAIMED,
                &[("service", self.context.about.name)],
                events as f64,
            );
        }
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
pub(crate) fn open(delivery: &Delivery<RawEvent>, settings: &Settings) -> Result<Arc<RawEvent>, Unfit> {
    if delivery.times > u64::from(settings.worker.poison_after) {
        let error = format!("handed out {} times without being routed", delivery.times);
        return Err(Unfit { reason: Reason::Poison, error });
    }
    delivery.carried.clone().map_err(|error| Unfit { reason: Reason::Malformed, error: error.to_string() })
}

/// Puts an entry with the dead letters.
pub(crate) async fn set_aside(delivery: Delivery<RawEvent>, unfit: &Unfit) -> Result<Settled, StoreError> {
    let words = LastWords { reason: unfit.reason, error: &unfit.error, status: None, at: Millis::now() };
    service::crash_point("router.set_aside.before");
    let set_aside = delivery.set_aside(&words).await;
    service::crash_point("router.set_aside.after");
    set_aside
}
