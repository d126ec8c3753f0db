//! Dead letters of all partitions as they come.

use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::try_join_all;
use futures_util::stream::FuturesUnordered;

use crate::look::EntryId;
use crate::{DeadLetter, Store, StoreError};

/// Where a reader of the dead letters stands in each partition. Times of several machines are never quite the same, so
/// no one place stands for all.
#[derive(Debug)]
pub struct Follow {
    places: Vec<(Store, String)>,
}

// === impl Follow ===

impl Store {
    /// Begins after the last dead letter that there is now.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn follow_dead_letters(&self) -> Result<Follow, StoreError> {
        let partitions = self.partitions();
        let places = try_join_all(partitions.into_iter().map(async |store| {
            let last = store.newest_entries(&store.keys.dead(), 1).await?;
            let last = last.first().map_or_else(|| "0-0".to_owned(), |letter| letter.id.clone());
            Ok::<_, StoreError>((store, last))
        }))
        .await?;
        Ok(Follow { places })
    }
}

impl Follow {
    /// This letter has been seen, and those before it in its partition.
    pub fn pass(&mut self, letter: &DeadLetter) {
        let Some(id) = EntryId::parse(&letter.id) else { return };
        if let Some((_, place)) = self.places.get_mut(usize::from(id.partition))
            && EntryId::parse(place).map(EntryId::in_first) < Some(id.in_first())
        {
            *place = id.in_stream();
        }
    }

    /// Waits up to `block` for the next letters, on connections of its own. They are passed once they are returned.
    ///
    /// # Errors
    /// Redis, or a part of it, is away: nothing was passed.
    pub async fn next(&mut self, block: Duration) -> Result<Vec<DeadLetter>, StoreError> {
        let letters = self.first(block).await?;
        for letter in &letters {
            self.pass(letter);
        }
        Ok(letters)
    }

    /// The letters of the first partition that has any; the others' will be there the next time.
    async fn first(&self, block: Duration) -> Result<Vec<DeadLetter>, StoreError> {
        let waits = self.places.iter().map(async |(store, last)| {
            let letters = store.next_entries(&store.keys.dead(), last, block).await?;
            Ok::<_, StoreError>(store.own(letters))
        });
        let mut waits = pin!(waits.collect::<FuturesUnordered<_>>());
        while let Some(letters) = waits.next().await {
            let letters = letters?;
            if !letters.is_empty() {
                return Ok(letters);
            }
        }
        Ok(Vec::new())
    }
}
