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
    /// When it was last said that the end is near, and by which limits: of others nobody was warned.
    warned: Option<(Instant, DeadLetters)>,
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
        let was_warned = self.warned.is_some_and(|(_, by)| by == kept);
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
        if self.warned.is_some_and(|(at, by)| by == *kept && at.elapsed() < SAY_AGAIN) {
            return;
        }
        self.warned = Some((Instant::now(), *kept));
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

#[cfg(test)]
mod tests {
    use service::{Environment, Live};
    use stream::{Fsync, PrivateServer};
    use tempfile::TempDir;

    use super::*;

    /// A Redis and a configuration. Rounds are made by hand, so that what one of them does is seen before the next.
    struct Place {
        context: Context,
        folder: TempDir,
        _redis: PrivateServer,
    }

    // === impl Place ===

    impl Place {
        async fn new(letters: u64, most: u64) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let redis = PrivateServer::start(&folder.path().join("redis"), Fsync::EverySecond).await.unwrap();
            configure(&folder, most);
            let environment = Environment::default().with("REDIS_URL", redis.url());
            let live = Live::load(&folder.path().join("hookstream.toml"), &environment).unwrap();
            let context = Context::new(crate::ABOUT, environment, live, Stop::default()).unwrap();
            let place = Self { context, folder, _redis: redis };
            for _ in 0..letters {
                let fields: [(&str, &[u8]); 2] = [("event_id", b"e"), ("route", b"r")];
                let store = &place.context.store;
                store.append(&store.keys().dead(), &fields).await.unwrap();
            }
            place
        }

        /// As when the operator changes the file.
        fn change(&self, most: u64) {
            configure(&self.folder, most);
            self.context.live.reload().unwrap();
        }

        fn watch(&self, me: &'static str) -> Watch<'_> {
            Watch { context: &self.context, store: &self.context.store, me, warned: None }
        }

        /// What stands after one more round.
        async fn after(&self, watch: &mut Watch<'_>) -> usize {
            watch.round().await.unwrap();
            self.context.store.dead_letters("-", 100).await.unwrap().letters.len()
        }
    }

    fn configure(folder: &TempDir, most: u64) {
        let text = format!("[dead_letters]\nmax_entries = {most}\nwhen_due = \"discard\"\n");
        std::fs::write(folder.path().join("hookstream.toml"), text).unwrap();
    }

    #[tokio::test]
    async fn nothing_goes_in_the_round_that_first_warns() {
        let place = Place::new(3, 1).await;
        let mut watch = place.watch("one");
        assert_eq!(place.after(&mut watch).await, 3, "it is said, and no more");
        assert!(watch.warned.is_some());
        assert_eq!(place.after(&mut watch).await, 1);
    }

    /// Who was warned at four of four did not hear that all but one would go.
    #[tokio::test]
    async fn of_tighter_limits_there_is_another_warning_before_they_count() {
        let place = Place::new(4, 4).await;
        let mut watch = place.watch("one");
        assert_eq!(place.after(&mut watch).await, 4);
        assert_eq!(place.after(&mut watch).await, 4, "near the end is not past it");
        place.change(1);
        assert_eq!(place.after(&mut watch).await, 4);
        assert_eq!(place.after(&mut watch).await, 1);
    }

    #[tokio::test]
    async fn whoever_takes_over_warns_first_too() {
        let place = Place::new(3, 1).await;
        let (mut one, mut other) = (place.watch("one"), place.watch("other"));
        assert_eq!(place.after(&mut one).await, 3);
        assert_eq!(place.after(&mut other).await, 3);
        assert!(other.warned.is_none(), "one speaks for all");
        // It falls silent.
        let store = &place.context.store;
        assert!(store.lead_retention("one", Duration::from_millis(1)).await.unwrap());
        while !store.lead_retention("other", SAY_AGAIN).await.unwrap() {}
        assert_eq!(place.after(&mut other).await, 3);
        // Back again, it does not lead, and what it had said counts no more.
        assert_eq!(place.after(&mut one).await, 3);
        assert!(one.warned.is_none());
        assert_eq!(place.after(&mut other).await, 1);
    }
}
