//! How long dead letters are kept, and how they leave: never unseen.

use std::time::Duration;

use bytes::Bytes;
use event::{EventId, Millis};
use futures_util::future::try_join_all;

use crate::look::{Entry, EntryId, full_id};
use crate::moves::MOVES;
use crate::{Call, DeadLetter, Function, Store, StoreError};

pub(crate) static OUTLIVED: Function = Function::draining("outlived", include_str!("lua/outlived.lua"));
pub(crate) static EXPIRE: Function = Function::draining("expire", include_str!("lua/expire.lua"));

/// From when on a dead letter may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    pub max_age: Duration,
    /// In each partition.
    pub max_entries: u64,
}

/// How much of a retention is used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    pub letters: u64,
    /// Age of the oldest.
    pub oldest: Duration,
    retention: Retention,
}

/// A dead letter that left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// As operators name it.
    pub id: String,
    pub event: EventId,
    pub route: String,
}

/// Where to go on looking for letters whose time is up, past those that have to stay.
#[derive(Debug, Clone, Default)]
pub struct Beyond {
    after: Option<String>,
    staying: u64,
}

/// Warned of from here on: a tenth of the time is left.
const OLD: f64 = 0.9;
/// Or a fifth of the room.
const FULL: f64 = 0.8;

// === impl Standing ===

impl Standing {
    /// Used of the time or of the room, whichever is more; 1 is all of it.
    pub fn share(&self) -> f64 {
        self.of_time().max(self.of_room())
    }

    /// Is the end near enough to speak of?
    pub fn is_near_its_end(&self) -> bool {
        self.of_time() >= OLD || self.of_room() >= FULL
    }

    /// Is there any whose time is up?
    pub fn is_past_its_end(&self) -> bool {
        self.oldest > self.retention.max_age || self.letters > self.retention.max_entries
    }

    fn of_time(&self) -> f64 {
        self.oldest.as_secs_f64() / self.retention.max_age.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    fn of_room(&self) -> f64 {
        self.letters as f64 / self.retention.max_entries.max(1) as f64
    }
}

// === impl Beyond ===

impl Beyond {
    /// After these, of which so many stay where they are.
    pub fn pass(&mut self, letters: &[DeadLetter], staying: usize) {
        let last = letters.last().and_then(|letter| EntryId::parse(&letter.id));
        self.after = last.map(EntryId::in_stream).or_else(|| self.after.take());
        self.staying += staying as u64;
    }
}

impl Store {
    /// How much of the retention this partition has used.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn standing(&self, retention: Retention, now: Millis) -> Result<Standing, StoreError> {
        let dead = self.depth(&self.keys.dead(), None, now).await?;
        Ok(Standing { letters: dead.depth, oldest: dead.oldest, retention })
    }

    /// The same of the partition that has used most of it, as its share.
    ///
    /// # Errors
    /// As [`Store::standing`].
    pub async fn retention_used(&self, retention: Retention, now: Millis) -> Result<f64, StoreError> {
        let partitions = self.partitions();
        let each = try_join_all(partitions.iter().map(|store| store.standing(retention, now))).await?;
        Ok(each.iter().map(Standing::share).fold(0.0, f64::max))
    }

    /// Takes or renews, for `lease`, what one worker does for all: looking after this partition's dead letters.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn lead_retention(&self, me: &str, lease: Duration) -> Result<bool, StoreError> {
        self.lead(self.keys.dead_lead(), me, lease).await
    }

    /// This partition's dead letters whose time is up, oldest first.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn outlived(
        &self,
        retention: Retention,
        count: usize,
        beyond: &Beyond,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let mut call = MOVES.call(&OUTLIVED);
        call.key(self.keys.dead());
        limits(&mut call, retention);
        let from = beyond.after.as_ref().map_or("-".to_owned(), |last| format!("({last}"));
        call.arg(count).arg(from).arg(beyond.staying);
        let found: Vec<(String, Vec<(String, Bytes)>)> = self.run(&call).await?;
        Ok(self.own(found.into_iter().map(Entry::new).collect()))
    }

    /// Takes dead letters of this partition that are archived off it, as far as their time is up.
    ///
    /// # Errors
    /// Redis is away: perhaps they left, perhaps not.
    pub async fn expire_archived(
        &self,
        retention: Retention,
        archived: &[&DeadLetter],
    ) -> Result<Vec<Expired>, StoreError> {
        let mut call = self.expiry("archived", retention);
        for letter in archived.iter().filter_map(|letter| EntryId::parse(&letter.id)) {
            call.arg(letter.in_stream());
        }
        self.expire(&call).await
    }

    /// Throws this partition's oldest dead letters away whose time is up, at most `count`.
    ///
    /// # Errors
    /// As [`Store::expire_archived`].
    pub async fn expire_unarchived(
        &self,
        retention: Retention,
        count: usize,
    ) -> Result<Vec<Expired>, StoreError> {
        let mut call = self.expiry("discarded", retention);
        call.arg(count);
        self.expire(&call).await
    }

    fn expiry(&self, how: &str, retention: Retention) -> Call {
        let mut call = MOVES.call(&EXPIRE);
        call.key(self.keys.dead()).key(self.keys.life()).arg(how);
        limits(&mut call, retention);
        call.arg(self.history());
        call
    }

    async fn expire(&self, call: &Call) -> Result<Vec<Expired>, StoreError> {
        let gone: Vec<String> = self.run(call).await?;
        let expired = gone.chunks_exact(3).map(|letter| Expired {
            id: full_id(letter[0].clone(), self.partition),
            event: EventId::from_text(&letter[1]),
            route: letter[2].clone(),
        });
        Ok(expired.collect())
    }
}

fn limits(call: &mut Call, retention: Retention) {
    call.arg(u64::try_from(retention.max_age.as_millis()).unwrap_or(u64::MAX)).arg(retention.max_entries);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(letters: u64, oldest: u64) -> Standing {
        let retention = Retention { max_age: Duration::from_secs(100), max_entries: 10 };
        Standing { letters, oldest: Duration::from_secs(oldest), retention }
    }

    #[test]
    fn whichever_limit_is_nearer_counts() {
        assert_eq!(standing(5, 20).share(), 0.5);
        assert_eq!(standing(1, 120).share(), 1.2);
        assert_eq!(standing(0, 0).share(), 0.0);
    }

    #[test]
    fn the_end_is_near_before_it_is_past() {
        let judged = |letters, oldest| {
            let standing = standing(letters, oldest);
            (standing.is_near_its_end(), standing.is_past_its_end())
        };
        assert_eq!(
            [judged(7, 89), judged(8, 0), judged(1, 90)],
            [(false, false), (true, false), (true, false)]
        );
        assert_eq!(
            [judged(10, 100), judged(11, 1), judged(1, 101)],
            [(true, false), (true, true), (true, true)]
        );
    }
}
