//! Waiting until replicas have what was written.
//!
//! `WAIT` holds up its connection, and speaks of what that connection wrote. So it has a connection of its own, on
//! which something is written first: whatever was acknowledged before is before it in the stream that replicas follow.
//! Events that are published together wait together.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as Plain, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex;

use crate::connection::Dedicated;
use crate::{Store, StoreError};

/// How many replicas must have an event before it counts as accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replicas {
    pub count: u32,
    pub timeout: Duration,
    /// On their disks, where the server can say so (`WAITAOF`, from Redis 7.2); else in their memory.
    pub on_disk: bool,
}

/// Barriers of each partition; clones are one.
#[derive(Debug, Clone)]
pub(crate) struct Barriers {
    wanted: Replicas,
    each: Arc<Plain<HashMap<u16, Arc<Barrier>>>>,
    without_waitaof: Arc<AtomicBool>,
}

/// The connection, as long as it works.
type Barrier = Mutex<Option<Dedicated>>;

// === impl Barriers ===

impl Barriers {
    pub(crate) fn new(wanted: Replicas) -> Self {
        Self { wanted, each: Arc::default(), without_waitaof: Arc::default() }
    }

    fn of(&self, partition: u16) -> Arc<Barrier> {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        each.entry(partition).or_default().clone()
    }
}

impl Store {
    /// Waits until the replicas asked for have everything that this Redis acknowledged in this partition so far.
    ///
    /// # Errors
    /// They are too few, or too late; Redis itself has it all the same.
    pub(crate) async fn replicated(&self) -> Result<(), StoreError> {
        let Some(barriers) = &self.barriers else { return Ok(()) };
        let wanted = barriers.wanted;
        let barrier = barriers.of(self.partition);
        let reached = self.pass(&mut *barrier.lock().await, barriers).await?;
        if reached >= wanted.count {
            return Ok(());
        }
        let asked_of_disks = wanted.on_disk && !barriers.without_waitaof.load(Ordering::Relaxed);
        Err(StoreError::TooFewReplicas(format!(
            "{reached} of {} replicas had the event {}within {} ms",
            wanted.count,
            if asked_of_disks { "on disk " } else { "" },
            wanted.timeout.as_millis()
        )))
    }

    async fn pass(&self, held: &mut Option<Dedicated>, barriers: &Barriers) -> Result<u32, StoreError> {
        let mut connection = match held.take() {
            Some(connection) => connection,
            None => self.dedicated(barriers.wanted.timeout).await?,
        };
        let mark = redis::cmd("SET").arg(self.keys.barrier()).arg(1).to_owned();
        mark.exec_async(&mut connection).await?;
        let reached = wait(&mut connection, barriers).await?;
        *held = Some(connection);
        Ok(reached)
    }
}

/// How many replicas have what this connection wrote, once they are enough or it took too long.
async fn wait(connection: &mut Dedicated, barriers: &Barriers) -> Result<u32, StoreError> {
    let Replicas { count, timeout, on_disk } = barriers.wanted;
    // 0 would wait for ever.
    let millis = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX).max(1);
    if on_disk && !barriers.without_waitaof.load(Ordering::Relaxed) {
        let wait = redis::cmd("WAITAOF").arg(0).arg(count).arg(millis).to_owned();
        match wait.query_async::<(u32, u32)>(connection).await.map_err(StoreError::from) {
            Ok((_, replicas)) => return Ok(replicas),
            Err(StoreError::Refused(_)) => {
                tracing::info!("this Redis has no WAITAOF: replicas are waited for in memory, with WAIT");
                barriers.without_waitaof.store(true, Ordering::Relaxed);
            }
            Err(error) => return Err(error),
        }
    }
    let wait = redis::cmd("WAIT").arg(count).arg(millis).to_owned();
    Ok(wait.query_async(connection).await?)
}
