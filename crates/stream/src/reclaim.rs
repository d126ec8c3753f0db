//! Entries whose consumer died or fell silent.

use std::collections::HashMap;
use std::time::Duration;

use crate::entry::Carried;
use crate::moves::MOVES;
use crate::{Delivery, Fields, Function, Reader, Since, StoreError};

pub(crate) static RECLAIM: Function = Function::draining("reclaim", include_str!("lua/reclaim.lua"));
pub(crate) static REAP: Function = Function::draining("reap", include_str!("lua/reap.lua"));

/// A consumer that has been silent this long and owns nothing is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);

/// Where the scan of each stream stands. It must be kept: a scan that always starts anew never passes a page of
/// fresh entries.
#[derive(Debug)]
pub struct Reclaim {
    lease: Duration,
    cursors: HashMap<String, String>,
}

/// What one step of the scan found.
#[derive(Debug)]
pub struct Reclaimed<T> {
    pub deliveries: Vec<Delivery<T>>,
    /// Entries that were pending but are gone from the stream: somebody trimmed it.
    pub deleted: usize,
}

// === impl Reclaim ===

impl Reclaim {
    /// Entries not renewed for `lease` are taken over.
    pub fn after(lease: Duration) -> Self {
        Self { lease, cursors: HashMap::new() }
    }

    /// Takes over at most `count` entries of one stream, and goes on where the last call ended. Each round begins with
    /// the oldest entries: those that were handed out and are in nobody's hands come too.
    pub async fn step<T: Carried>(
        &mut self,
        reader: &Reader,
        stream: &str,
        count: usize,
    ) -> Result<Reclaimed<T>, StoreError> {
        let cursor = self.cursors.entry(stream.to_owned()).or_insert_with(|| "0-0".to_owned());
        let mut call = MOVES.call(&RECLAIM);
        call.key(stream).arg(reader.seat.group.as_str()).arg(reader.consumer());
        call.arg(u64::try_from(self.lease.as_millis()).unwrap_or(u64::MAX))
            .arg(&*cursor)
            .arg(count.clamp(1, 100));
        let since = Since::now();
        let (next, taken, deleted, found): (String, Vec<(String, u64, Fields)>, usize, usize) =
            reader.run(&call).await?;
        *cursor = next;
        if found > 0 {
            tracing::error!(stream, entries = found, "entries were in nobody's hands; they are taken over");
        }
        Ok(Reclaimed { deliveries: reader.hand_out(stream, taken, since).await?, deleted })
    }

    /// Forgets consumers that are long gone and own nothing. Returns how many.
    pub async fn reap(&self, reader: &Reader, stream: &str) -> Result<usize, StoreError> {
        let mut call = MOVES.call(&REAP);
        call.key(stream)
            .arg(reader.seat.group.as_str())
            .arg(u64::try_from(FORGOTTEN_AFTER.as_millis()).unwrap_or(u64::MAX));
        reader.run(&call).await
    }
}
