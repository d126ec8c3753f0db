//! ingress → `events`: a new event, once.

use std::time::Duration;

use event::RawEvent;
use sha2::{Digest, Sha256};

use crate::entry::event_fields;
use crate::moves::MOVES;
use crate::{Function, Store, StoreError};

pub(crate) static PUBLISH: Function = Function::growing("publish", include_str!("lua/publish.lua"));

/// Marks stand in this many small hashes for each window.
const BUCKETS: u32 = 4096;

/// How an event is recognised when it is sent again: by its id, for a time.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    pub window: Duration,
}

/// What became of an event that was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    Accepted,
    /// The same id was accepted within the window; nothing was written.
    Duplicate,
}

impl Store {
    /// Puts an event on the stream of its partition, with its mark and its copy for the archive, in one step.
    ///
    /// # Errors
    /// After [`StoreError::TimedOut`] or [`StoreError::Unreachable`] the event may or may not be in: the sender's
    /// next try meets the mark if it is.
    pub async fn publish(
        &self,
        event: &RawEvent,
        mark: Option<Mark>,
        archive: bool,
    ) -> Result<Published, StoreError> {
        let store = self.of(&event.id);
        let mut call = MOVES.call(&PUBLISH);
        call.key(store.keys.events()).key(store.keys.archive()).key(store.keys.marks());
        match mark {
            Some(mark) => {
                let (field, bucket) = place(event.id.as_str());
                let window = u64::try_from(mark.window.as_millis()).unwrap_or(u64::MAX).max(1);
                call.arg(&field[..]).arg(bucket).arg(window);
            }
            None => {
                call.arg("").arg(0).arg(1);
            }
        }
        call.arg(u8::from(archive));
        for (name, value) in event_fields(event) {
            call.arg(name).arg(value);
        }
        let answer: String = store.run(&call).await?;
        Ok(if answer == "duplicate" { Published::Duplicate } else { Published::Accepted })
    }
}

/// The short name of an id among the marks, and its bucket.
fn place(id: &str) -> ([u8; 10], u32) {
    let digest = Sha256::digest(id.as_bytes());
    let bucket = u32::from_be_bytes(digest[..4].try_into().expect("a digest has 32 bytes")) % BUCKETS;
    (digest[4..14].try_into().expect("a digest has 32 bytes"), bucket)
}
