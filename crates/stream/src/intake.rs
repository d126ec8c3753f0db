//! A stream's entries for one consumer: new ones, and those of a consumer that died.

use std::time::{Duration, Instant};

use crate::entry::Carried;
use crate::{Delivery, Reader, Reclaim, StoreError};

/// One stream, read through one [`Reader`]. What others left behind comes first, looked for four times a lease.
#[derive(Debug)]
pub struct Intake {
    reader: Reader,
    stream: String,
    reclaim: Reclaim,
    look_every: Duration,
    look_at: Instant,
}

// === impl Intake ===

impl Intake {
    /// Entries not settled for `lease` are taken over.
    pub fn new(reader: Reader, stream: String, lease: Duration) -> Self {
        let reclaim = Reclaim::after(lease);
        Self { reader, stream, reclaim, look_every: lease / 4, look_at: Instant::now() }
    }

    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Up to `count` entries (100 at most of those taken over); none if none came within the reader's wait.
    ///
    /// # Errors
    /// Redis is away; ask again later.
    pub async fn take<T: Carried>(&mut self, count: usize) -> Result<Vec<Delivery<T>>, StoreError> {
        if Instant::now() >= self.look_at {
            let reclaimed = self.reclaim.step(&self.reader, &self.stream, count).await?;
            if reclaimed.deleted > 0 {
                let (stream, entries) = (&self.stream, reclaimed.deleted);
                tracing::error!(%stream, entries, "entries were taken but are gone: somebody trims the stream");
            }
            if !reclaimed.deliveries.is_empty() {
                return Ok(reclaimed.deliveries);
            }
            self.reclaim.reap(&self.reader, &self.stream).await?;
            self.look_at = Instant::now() + self.look_every;
        }
        self.reader.read(std::slice::from_ref(&self.stream), count).await
    }
}
