//! Which clients are blocked, known without asking Redis.

use std::collections::HashMap;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use event::Millis;
use stream::{Store, StoreError};

use crate::limiter::millis;
use crate::steps::{ADD_BLOCK, BLOCKS, FOLLOW, LIMITS, REMOVE_BLOCK};
use crate::{Block, Client};

/// This process' view of the blocked clients; clones share it. [`Blocked::follow`] keeps it up to date.
#[derive(Debug, Clone, Default)]
pub struct Blocked(Arc<RwLock<View>>);

#[derive(Debug, Default)]
struct View {
    /// When each block ends, by the clock of this machine that nobody sets.
    ends: HashMap<IpAddr, Instant>,
    /// Changes of our own since the last reading began: what it read may be older than they are.
    own: Vec<(IpAddr, Option<Instant>)>,
    /// What Redis called its state when it was last read.
    state: String,
    /// Readings since everything was last read.
    readings: u32,
}

/// A block is in force everywhere within twice this.
const EVERY: Duration = Duration::from_millis(500);

/// Every half minute all blocks are read, changed or not: nothing wrong lasts.
const READ_ALL_EVERY: u32 = 60;

// === impl Blocked ===

impl Blocked {
    /// Follows the blocks that any replica or person makes or lifts, until `stop` is ready. While Redis is away the
    /// blocks known so far stay in force.
    pub async fn follow(&self, store: &Store, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut away = false;
        loop {
            let read = self.refresh(store).await;
            match &read {
                Err(error) if !away => {
                    tracing::warn!(%error, "can't read the blocked addresses; those known stay blocked");
                }
                Ok(()) if away => tracing::info!("reading the blocked addresses again"),
                _ => {}
            }
            away = read.is_err();
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Reads what changed since the last time.
    ///
    /// # Errors
    /// Redis could not be asked; the view stays as it was.
    pub async fn refresh(&self, store: &Store) -> Result<(), StoreError> {
        let known = self.write().begin();
        let mut call = LIMITS.call(&FOLLOW);
        call.key(store.keys().blocked()).key(store.keys().block_reasons()).arg(&known);
        let (now, state, found): (u64, String, Vec<(String, u64)>) = store.run(&call).await?;
        let read_at = Instant::now();
        let end = |(client, until): (String, u64)| {
            let client: Client = client.parse().ok()?;
            Some((client.network(), later(read_at, Millis(until).since(Millis(now)))))
        };
        let ends = (state != known).then(|| found.into_iter().filter_map(end).collect());
        self.write().replace(state, ends, read_at);
        Ok(())
    }

    /// How long a client is still blocked; None: it is not. Asks nobody.
    pub fn until(&self, client: &Client, now: Instant) -> Option<Duration> {
        if client.is_exempt() {
            return None;
        }
        let end = *self.read().ends.get(&client.network())?;
        end.checked_duration_since(now).filter(|left| !left.is_zero())
    }

    /// Blocks in force, as this process knows them.
    pub fn count(&self, now: Instant) -> usize {
        self.read().ends.values().filter(|end| **end > now).count()
    }

    /// All blocks in force, those that last longest first, at most `most`; and how many there are.
    ///
    /// # Errors
    /// Redis could not be asked.
    pub async fn list(store: &Store, most: usize) -> Result<(Vec<Block>, usize), StoreError> {
        let mut call = LIMITS.call(&BLOCKS);
        call.key(store.keys().blocked()).key(store.keys().block_reasons()).arg(most);
        let (now, all, found): (u64, usize, Vec<(String, u64, String)>) = store.run(&call).await?;
        let block =
            |(client, until, why): (_, _, String)| Block::read(client, Millis(until), &why, Millis(now));
        Ok((found.into_iter().map(block).collect(), all))
    }

    /// Blocks a client on all replicas, in this process at once. Returns the block in force: one that lasts longer
    /// stays as it is.
    ///
    /// # Errors
    /// Redis could not be asked.
    pub async fn add(
        &self,
        store: &Store,
        client: &Client,
        duration: Duration,
        (reason, by): (&str, &str),
    ) -> Result<Block, StoreError> {
        let mut call = LIMITS.call(&ADD_BLOCK);
        call.key(store.keys().blocked()).key(store.keys().block_reasons());
        call.arg(client.key()).arg(millis(duration.min(LONGEST))).arg(reason).arg(by);
        let (now, until, why): (u64, u64, String) = store.run(&call).await?;
        let block = Block::read(client.key(), Millis(until), &why, Millis(now));
        self.insert(client, block.left);
        Ok(block)
    }

    /// Lifts a client's block, and forgets what it was suspected of. False: it was not blocked.
    ///
    /// # Errors
    /// Redis could not be asked.
    pub async fn remove(&self, store: &Store, client: &Client) -> Result<bool, StoreError> {
        let key = client.key();
        let mut call = LIMITS.call(&REMOVE_BLOCK);
        call.key(store.keys().blocked()).key(store.keys().block_reasons()).key(store.keys().suspicion(&key));
        call.arg(&key);
        let was_blocked = store.run::<u8>(&call).await? == 1;
        self.write().change(client.network(), None);
        Ok(was_blocked)
    }

    /// Takes note of a block that is already in Redis.
    pub(crate) fn insert(&self, client: &Client, left: Duration) {
        self.write().change(client.network(), Some(later(Instant::now(), left)));
    }

    fn read(&self) -> RwLockReadGuard<'_, View> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, View> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl View ===

impl View {
    /// A reading begins. Returns the state that need not be read again; empty: all is to be read.
    fn begin(&mut self) -> String {
        self.own.clear();
        self.readings += 1;
        if self.readings >= READ_ALL_EVERY {
            self.readings = 0;
            self.state.clear();
        }
        self.state.clone()
    }

    /// A reading ended, with other blocks than those known or without.
    fn replace(&mut self, state: String, ends: Option<HashMap<IpAddr, Instant>>, now: Instant) {
        self.state = state;
        match ends {
            Some(ends) => self.ends = ends,
            None => self.ends.retain(|_, end| *end > now),
        }
        for (client, end) in std::mem::take(&mut self.own) {
            self.set(client, end);
        }
    }

    fn change(&mut self, client: IpAddr, end: Option<Instant>) {
        self.own.push((client, end));
        self.set(client, end);
    }

    fn set(&mut self, client: IpAddr, end: Option<Instant>) {
        match end {
            Some(end) => self.ends.insert(client, end),
            None => self.ends.remove(&client),
        };
    }
}

/// Ten years: longer ones are as good as for ever, and stay within what every clock can count.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 86_400);

fn later(from: Instant, by: Duration) -> Instant {
    from + by.min(LONGEST)
}

#[cfg(test)]
mod tests;
