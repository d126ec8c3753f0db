//! Dead letters near the end of their time: said before, and only then, where the operator wants it, thrown away. One
//! worker does it for all, whichever that is.

use std::time::Duration;

use event::Millis;
use service::{Context, Leaving, Stop, crash_point, retention, retention_rounds, tell_expired};
use settings::{DeadLetters, WhenDue};
use stream::{Retention, Standing, Store, StoreError};
use tokio::time::Instant;

use crate::patience::Patience;

/// Thrown away in one step, which holds Redis up for about a millisecond.
const BATCH: usize = 32;
/// What lasts is said again this often.
const SAY_AGAIN: Duration = Duration::from_secs(3600);
/// Rounds that a worker which died keeps the others from taking its place.
const LEASE: u32 = 3;

struct Watch<'c> {
    context: &'c Context,
    store: &'c Store,
    me: &'c str,
    /// When it was last said that the end is near, and what will become of the letters then.
    warned: Option<(Instant, WhenDue)>,
}

/// Looks after the dead letters of the store's partition, until the stop.
pub(crate) async fn retain(context: &Context, store: &Store, me: &str) {
    let stop: &Stop = &context.stop;
    let mut watch = Watch { context, store, me, warned: None };
    let mut patience = Patience::new("dead letters can't be looked after");
    while stop.sleep(retention_rounds(&context.live.now().dead_letters)).await {
        let looked = watch.round().await;
        patience.with(looked, stop).await;
    }
}

// === impl Watch ===

impl Watch<'_> {
    async fn round(&mut self) -> Result<(), StoreError> {
        let kept = self.context.live.now().dead_letters;
        if !self.store.lead_retention(self.me, retention_rounds(&kept) * LEASE).await? {
            self.warned = None;
            return Ok(());
        }
        let standing = self.store.standing(retention(&kept), Millis::now()).await?;
        // Nothing goes in the round in which it is first said that something will.
        let was_warned = self.warned.is_some_and(|(_, of)| of == kept.when_due);
        self.say(&standing, &kept);
        if kept.when_due == WhenDue::Discard && was_warned && standing.is_past_its_end() {
            self.discard(retention(&kept)).await?;
        }
        Ok(())
    }

    fn say(&mut self, standing: &Standing, kept: &DeadLetters) {
        let stream = self.store.keys().dead();
        if !standing.is_near_its_end() {
            if self.warned.take().is_some() {
                tracing::info!(
                    stream,
                    letters = standing.letters,
                    "dead letters are well within their time again"
                );
            }
            return;
        }
        if self.warned.is_some_and(|(at, of)| of == kept.when_due && at.elapsed() < SAY_AGAIN) {
            return;
        }
        self.warned = Some((Instant::now(), kept.when_due));
        let (letters, most) = (standing.letters, kept.max_entries);
        let (oldest, longest) = (standing.oldest.as_secs(), kept.max_age.as_secs());
        let what = match (kept.when_due, standing.is_past_its_end()) {
            (WhenDue::Discard, false) => "dead letters are near their end and will then be thrown away",
            (WhenDue::Discard, true) => {
                "dead letters are past their end and are thrown away from the next look on"
            }
            (WhenDue::Archive, false) => {
                "dead letters are near their end; then they leave Redis for the archive, where an archiver runs"
            }
            (WhenDue::Archive, true) => {
                "dead letters are past their end; they stay until an archiver has them in PostgreSQL"
            }
            (WhenDue::Keep, _) => {
                "dead letters are near their end or past it, and stay: replay or discard them"
            }
        };
        tracing::warn!(
            stream,
            letters,
            max_entries = most,
            oldest_seconds = oldest,
            max_age_seconds = longest,
            "{what}"
        );
    }

    async fn discard(&self, limits: Retention) -> Result<(), StoreError> {
        while !self.context.stop.is_asked() {
            crash_point("worker.expire.before");
            let gone = self.store.expire_unarchived(limits, BATCH).await?;
            crash_point("worker.expire.after");
            tell_expired(&self.context.meter, &gone, Leaving::Discarded);
            if gone.len() < BATCH {
                return Ok(());
            }
        }
        Ok(())
    }
}
