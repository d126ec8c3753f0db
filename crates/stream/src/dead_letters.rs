//! What operators do with dead letters: look, follow, replay, discard.

use std::sync::LazyLock;
use std::time::Duration;

use crate::look::{Entry, is_entry};
use crate::{Script, Store, StoreError};

static REPLAY: LazyLock<Script> = LazyLock::new(|| Script::growing(include_str!("lua/replay.lua")));

/// An entry of `hs:{0}:dead`, as it stands there. Its id starts with the time at which the job was given up, in ms.
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
    /// Dead letters from `cursor` on (`-` for the oldest), at most `count`.
    pub async fn dead_letters(&self, cursor: &str, count: usize) -> Result<DeadLetterPage, StoreError> {
        let (letters, next) = self.entries_from(&self.keys.dead(), cursor, count).await?;
        Ok(DeadLetterPage { letters, next })
    }

    /// The newest dead letters, newest first.
    pub async fn newest_dead_letters(&self, count: usize) -> Result<Vec<DeadLetter>, StoreError> {
        self.newest_entries(&self.keys.dead(), count).await
    }

    /// The dead letter of this id; none for what is no id either.
    pub async fn dead_letter(&self, id: &str) -> Result<Option<DeadLetter>, StoreError> {
        self.entry(&self.keys.dead(), id).await
    }

    /// Waits up to `block` for dead letters after `last` (`$`: from now on), on a connection of its own.
    pub async fn next_dead_letters(
        &self,
        last: &str,
        block: Duration,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        self.next_entries(&self.keys.dead(), last, block).await
    }

    /// Starts a dead letter's job again, from its first attempt, by its original route.
    pub async fn replay(&self, id: &str) -> Result<Replayed, StoreError> {
        if !is_entry(id) {
            return Ok(Replayed::Missing);
        }
        let mut call = REPLAY.prepare();
        call.key(self.keys.dead());
        for stream in self.keys.all_jobs() {
            call.key(stream);
        }
        call.key(self.keys.events()).key(self.keys.archive()).arg(id);
        let answer: String = self.run(&call).await?;
        Ok(if answer == "replayed" { Replayed::Again } else { Replayed::Missing })
    }

    /// Throws a dead letter away. False if there is none of that id.
    pub async fn discard(&self, id: &str) -> Result<bool, StoreError> {
        if !is_entry(id) {
            return Ok(false);
        }
        let removed: u64 =
            redis::cmd("XDEL").arg(self.keys.dead()).arg(id).query_async(&mut self.commands()).await?;
        Ok(removed > 0)
    }
}
