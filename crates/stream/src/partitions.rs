//! Events spread over partitions: each lives, with all that becomes of it, under one hash tag, so that several cores
//! or machines share the work.
//!
//! Which partition it is follows from the event's id, so that the same event sent again meets its mark. What is not
//! an event's (counters, limits, blocks, alerts, the quarantine) is in the first.

use std::sync::atomic::{AtomicU16, Ordering};

use event::EventId;
use sha2::{Digest, Sha256};

use crate::{Store, StoreError};

/// Over how many partitions events are spread, and over how many they ever were.
#[derive(Debug)]
pub(crate) struct Spread {
    prefix: String,
    /// New events go to these.
    over: u16,
    /// The largest number that Redis has seen: there may be something in any of these.
    seen: AtomicU16,
}

// === impl Spread ===

impl Spread {
    pub(crate) fn new(prefix: &str, over: u16) -> Self {
        let over = over.max(1);
        Self { prefix: prefix.to_owned(), over, seen: AtomicU16::new(over) }
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl Store {
    /// Where this event goes: the same place, as long as the number of partitions is the same.
    pub fn of(&self, event: &EventId) -> Self {
        self.partition(place(event.as_str(), self.spread.over))
    }

    /// Every partition in which there may be something, as far as [`Store::survey`] has found.
    pub fn partitions(&self) -> Vec<Self> {
        (0..self.partition_count()).map(|number| self.partition(number)).collect()
    }

    /// How many those are.
    pub fn partition_count(&self) -> u16 {
        self.spread.seen.load(Ordering::Relaxed)
    }

    /// How many more they are than new events go to: nothing in those must be forgotten.
    pub fn leftover_partitions(&self) -> u16 {
        self.partition_count() - self.spread.over
    }

    /// Asks Redis over how many partitions events were ever spread, by whichever process.
    ///
    /// # Errors
    /// Redis is away; what was known stays so.
    pub async fn survey(&self) -> Result<(), StoreError> {
        match self.seen().await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.explained(error).await),
        }
    }

    /// The same; and notes in Redis over how many this process spreads them, for all that read.
    ///
    /// # Errors
    /// Redis is away, or it is full and did not know that number yet.
    pub async fn announce(&self) -> Result<(), StoreError> {
        if self.seen().await?.contains(&self.spread.over) {
            return Ok(());
        }
        let home = self.partition(0);
        let note = redis::cmd("SADD").arg(home.keys.partitions()).arg(self.spread.over).to_owned();
        note.exec_async(&mut home.commands()).await.map_err(StoreError::from)
    }

    /// Every number of partitions that Redis was told of. What is no number was not put there by us.
    async fn seen(&self) -> Result<Vec<u16>, StoreError> {
        let home = self.partition(0);
        let numbers = redis::cmd("SMEMBERS").arg(home.keys.partitions()).to_owned();
        let told: Vec<String> = numbers.query_async(&mut home.commands()).await?;
        let seen: Vec<u16> = told.iter().filter_map(|number| number.parse().ok()).collect();
        self.spread.seen.fetch_max(seen.iter().copied().max().unwrap_or(1), Ordering::Relaxed);
        Ok(seen)
    }
}

/// Of so many places, that of an event.
fn place(id: &str, of: u16) -> u16 {
    let digest = Sha256::digest(id.as_bytes());
    // Not the bytes that choose a mark's bucket: those in one partition are to fill every bucket.
    let number = u64::from_be_bytes(digest[14..22].try_into().expect("a digest has 32 bytes"));
    u16::try_from(number % u64::from(of)).expect("it is less than a u16")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_spread_evenly_and_each_always_to_the_same_place() {
        let mut counts = [0_u32; 4];
        for n in 0..4000 {
            let id = format!("evt_{n}");
            assert_eq!(place(&id, 4), place(&id, 4));
            counts[usize::from(place(&id, 4))] += 1;
        }
        assert!(counts.iter().all(|count| (900..1100).contains(count)), "{counts:?}");
        assert_eq!(place("evt_1", 1), 0);
    }
}
