//! What operators do with dead letters, in all partitions as in one: look, replay, discard.

use crate::look::{Entry, EntryId};
use crate::moves::MOVES;
use crate::{Function, Store, StoreError};
use futures_util::future::try_join_all;

pub(crate) static REPLAY: Function = Function::growing("replay", include_str!("lua/replay.lua"));
pub(crate) static DISCARD: Function = Function::draining("discard", include_str!("lua/discard.lua"));

/// An entry of `hs:{0}:dead`, or of another partition's, as it stands there. Its id starts with the time at which the
/// job was given up, in ms.
pub type DeadLetter = Entry;

/// Some dead letters, oldest first.
#[derive(Debug, Clone)]
pub struct DeadLetterPage {
    pub letters: Vec<DeadLetter>,
    /// Where the next page begins; none after the last.
    pub next: Option<String>,
}

/// What became of a request to replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replayed {
    /// The job is on its stream again, and no longer dead.
    Again,
    /// No such dead letter, or it was replayed or discarded before.
    Missing,
}

impl Store {
    /// Dead letters from `cursor` on (`-` for the oldest, or a time in ms), at most `count`.
    pub async fn dead_letters(&self, cursor: &str, count: usize) -> Result<DeadLetterPage, StoreError> {
        let partitions = self.partitions();
        let each = partitions.iter().map(async |store| {
            let from = start(cursor, store.partition);
            let (letters, _) = store.entries_from(&store.keys.dead(), &from, count).await?;
            Ok::<_, StoreError>(store.own(letters))
        });
        let mut letters = try_join_all(each).await?.concat();
        letters.sort_by_key(|letter| EntryId::parse(&letter.id));
        letters.truncate(count);
        let next = letters.last().filter(|_| letters.len() == count).map(|letter| format!("({}", letter.id));
        Ok(DeadLetterPage { letters, next })
    }

    /// The newest dead letters, newest first.
    pub async fn newest_dead_letters(&self, count: usize) -> Result<Vec<DeadLetter>, StoreError> {
        let partitions = self.partitions();
        let each = partitions.iter().map(async |store| {
            Ok::<_, StoreError>(store.own(store.newest_entries(&store.keys.dead(), count).await?))
        });
        let mut letters = try_join_all(each).await?.concat();
        letters.sort_by_key(|letter| std::cmp::Reverse(EntryId::parse(&letter.id)));
        letters.truncate(count);
        Ok(letters)
    }

    /// The dead letter of this id; none for what is no id either.
    pub async fn dead_letter(&self, id: &str) -> Result<Option<DeadLetter>, StoreError> {
        let Some(id) = EntryId::parse(id) else { return Ok(None) };
        let store = self.partition(id.partition);
        let letter = store.entry(&store.keys.dead(), id).await?;
        Ok(letter.map(|letter| letter.in_partition(id.partition)))
    }

    /// Starts a dead letter's job again, from its first attempt, by its original route.
    pub async fn replay(&self, id: &str) -> Result<Replayed, StoreError> {
        self.start_again(id, "route").await
    }

    /// Sends a dead letter's event through the router again, by the routes as they are now: all that match, whether or
    /// not they have had it.
    pub async fn replay_anew(&self, id: &str) -> Result<Replayed, StoreError> {
        self.start_again(id, "anew").await
    }

    async fn start_again(&self, id: &str, way: &str) -> Result<Replayed, StoreError> {
        let Some(id) = EntryId::parse(id) else { return Ok(Replayed::Missing) };
        let store = self.partition(id.partition);
        let mut call = MOVES.call(&REPLAY);
        call.key(store.keys.dead());
        for stream in store.keys.all_jobs() {
            call.key(stream);
        }
        call.key(store.keys.events()).key(store.keys.archive()).key(store.keys.life());
        call.arg(id.in_stream()).arg(way).arg(store.history());
        let answer: String = store.run(&call).await?;
        Ok(if answer == "replayed" { Replayed::Again } else { Replayed::Missing })
    }

    /// Throws a dead letter away. False if there is none of that id.
    pub async fn discard(&self, id: &str) -> Result<bool, StoreError> {
        let Some(id) = EntryId::parse(id) else { return Ok(false) };
        let store = self.partition(id.partition);
        let mut call = MOVES.call(&DISCARD);
        call.key(store.keys.dead()).key(store.keys.life()).arg(id.in_stream()).arg(store.history());
        Ok(store.run::<u64>(&call).await? > 0)
    }

    /// Letters of this partition, as they are named among those of all.
    pub(crate) fn own(&self, letters: Vec<DeadLetter>) -> Vec<DeadLetter> {
        letters.into_iter().map(|letter| letter.in_partition(self.partition)).collect()
    }
}

/// Where a page that begins at `cursor` begins in one partition. After `(7-0@2`, those of the same id in the partitions
/// 0 to 2 have been seen, and those in later ones have not.
fn start(cursor: &str, partition: u16) -> String {
    match cursor.strip_prefix('(').and_then(EntryId::parse) {
        Some(last) if partition <= last.partition => format!("({}", last.in_stream()),
        Some(last) => last.in_stream(),
        None => cursor.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_goes_on_in_each_partition_where_the_last_one_ended_in_all() {
        assert_eq!([0, 2, 3].map(|partition| start("(7-0@2", partition)), ["(7-0", "(7-0", "7-0"]);
        assert_eq!([0, 1].map(|partition| start("(7-0", partition)), ["(7-0", "7-0"]);
        assert_eq!([start("-", 3), start("1700000000000", 3)], ["-", "1700000000000"]);
    }
}
