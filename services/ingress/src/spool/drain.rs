//! Out of the spool into Redis, in order, by the same step that any event takes: what got there before its answer was
//! lost meets its own mark.

use std::time::Duration;

use ::spool::{Batch, Drain};
use bytes::Bytes;
use service::{Backoff, Context, State, catalog};
use stream::{Mark, Patience, Published, Store, StoreError};

use super::Reserve;
use super::record::Kept;
use crate::overload::strain;

/// Handed on between two notes of how far we are.
const BATCH: usize = 100;

/// How long Redis is left alone while it can't take anything.
const PAUSE: Duration = Duration::from_millis(200);
/// The settings may have changed.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Redis refuses this one, and takes others: it must not hold them up for ever.
const TRIES: u32 = 5;

/// What became of a record.
enum Handed {
    On,
    /// It can't be handed on, for a reason that lies in it.
    Never(String),
    /// A stop came first.
    NotYet,
}

struct Way<'c> {
    context: &'c Context,
    store: Store,
    backoff: Backoff,
}

/// Lets the spool grow as the settings have it just now, until the stop: beside the draining, which waits for as long as
/// Redis is away.
pub(crate) async fn follow_size(context: Context, reserve: Reserve) {
    while context.stop.sleep(LOOK_EVERY).await {
        reserve.spool.set_max_bytes(context.live.now().spool.max_bytes);
    }
}

/// Hands on whatever waits, until the stop.
pub(crate) async fn drain(context: Context, reserve: Reserve, mut drain: Drain) {
    let Ok(store) = context.open_store(Patience::Background) else { return };
    let mut way = Way { context: &context, store, backoff: Backoff::new(PAUSE, LONGEST_PAUSE) };
    while !context.stop.is_asked() {
        tokio::select! {
            () = reserve.spool.filled() => {}
            _ = context.stop.sleep(LOOK_EVERY) => continue,
        }
        if !way.is_open() {
            context.stop.sleep(PAUSE).await;
            continue;
        }
        drain = way.empty(&reserve, drain).await;
    }
}

// === impl Way ===

impl Way<'_> {
    /// Does Redis take events, by the last look?
    fn is_open(&self) -> bool {
        let state = self.context.footing.now();
        matches!(&*state, State::Well(_)) && strain(&state, &self.context.live.now().overload).is_none()
    }

    /// Hands on until nothing waits, Redis takes no more, or a stop is asked.
    async fn empty(&mut self, reserve: &Reserve, mut drain: Drain) -> Drain {
        let mut handed = 0;
        loop {
            let next;
            (drain, next) = on_disk(drain, |drain| drain.next(BATCH)).await;
            let batch = match next {
                Ok(batch) if batch.is_empty() => break,
                Ok(batch) => batch,
                Err(error) => {
                    tracing::error!(%error, "the spool can't be read");
                    self.backoff.wait(&self.context.stop).await;
                    break;
                }
            };
            self.report(&batch);
            let on;
            (drain, on) = self.hand_on(batch, drain).await;
            let Some(count) = on else { return drain };
            handed += count;
        }
        if handed > 0 && reserve.spool.waiting().records == 0 {
            reserve.in_use.store(false, std::sync::atomic::Ordering::Relaxed);
            tracing::info!(events = handed, "the spool is empty: all that waited is in Redis");
        }
        drain
    }

    fn report(&self, batch: &Batch) {
        for damage in &batch.damage {
            tracing::error!(
                file = %damage.file.display(),
                offset = damage.offset,
                bytes = damage.bytes,
                "a part of the spool is damaged: what stood there is lost unless its sender sends it again; the file \
                 is kept, as .damaged"
            );
            self.context.meter.count(catalog::SPOOL_DAMAGED, &[]);
        }
    }

    /// All of a batch, in order; none if it was given up, for a stop or a full disk. Then it comes again, and what of it
    /// is in Redis is known there.
    async fn hand_on(&mut self, batch: Batch, mut drain: Drain) -> (Drain, Option<usize>) {
        for record in &batch.records {
            match self.hand_over(record).await {
                Handed::On => {}
                Handed::NotYet => return (drain, None),
                Handed::Never(why) => {
                    let record = record.clone();
                    let kept;
                    (drain, kept) = on_disk(drain, move |drain| drain.set_aside(&record)).await;
                    match kept {
                        Ok(file) => tracing::error!(
                            file = %file.display(),
                            %why,
                            "an event of the spool can't be handed on; it is kept in a file of its own"
                        ),
                        Err(error) => {
                            tracing::error!(%error, %why, "an event of the spool can be neither handed on nor set aside");
                            self.backoff.wait(&self.context.stop).await;
                            return (drain, None);
                        }
                    }
                    self.context.meter.count(catalog::SPOOL_DAMAGED, &[]);
                }
            }
        }
        let count = batch.records.len();
        let (drain, noted) = on_disk(drain, move |drain| drain.done(&batch)).await;
        if let Err(error) = noted {
            tracing::warn!(%error, "how far the spool is drained can't be noted; after a restart some of it comes again");
        }
        (drain, Some(count))
    }

    /// One record, as often as it takes.
    async fn hand_over(&mut self, record: &Bytes) -> Handed {
        let kept = match Kept::from_bytes(record) {
            Ok(kept) => kept,
            Err(error) => return Handed::Never(error.to_string()),
        };
        let mut refused = 0;
        loop {
            let mark = Some(Mark { window: kept.mark });
            let error = match self.store.publish(&kept.event, mark, kept.archive).await {
                Ok(published) => {
                    self.backoff.reset();
                    self.handed(&kept, published);
                    return Handed::On;
                }
                Err(error) => error,
            };
            if let StoreError::Refused(_) = error {
                refused += 1;
            }
            if refused >= TRIES {
                return Handed::Never(error.to_string());
            }
            if self.backoff.is_fresh() {
                tracing::warn!(%error, "the spool is not drained; trying again");
            }
            if !self.backoff.wait(&self.context.stop).await {
                return Handed::NotYet;
            }
        }
    }

    fn handed(&self, kept: &Kept, published: Published) {
        let labels = [("endpoint", kept.event.endpoint.as_str())];
        self.context.meter.count(catalog::SPOOL_DRAINED, &labels);
        let known = published == Published::Duplicate;
        tracing::debug!(event.id = %kept.event.id, known, "handed on from the spool");
    }
}

/// Lets a thread do what may wait for the disk.
async fn on_disk<T, F>(mut drain: Drain, act: F) -> (Drain, T)
where
    T: Send + 'static,
    F: FnOnce(&mut Drain) -> T + Send + 'static,
{
    let done = tokio::task::spawn_blocking(move || {
        let done = act(&mut drain);
        (drain, done)
    });
    done.await.expect("reading the spool does not panic")
}
