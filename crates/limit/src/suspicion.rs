//! Clients that send what no provider would.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use event::Millis;
use settings::Protection;
use stream::{Store, StoreError};

use crate::limiter::millis;
use crate::recent::Recent;
use crate::steps::{LIMITS, SUSPECT};
use crate::{Block, Blocked, Client};

/// What a client did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misdeed {
    /// A missing, malformed, stale or wrong signature.
    BadSignature,
    UnknownEndpoint,
    Malformed,
    TooLarge,
}

/// Adds up misdeeds by client, over all replicas, and blocks whoever reaches the threshold: each time within a day
/// for twice as long, up to a day. Clones share what they know.
#[derive(Debug, Clone)]
pub struct Suspicion {
    blocked: Blocked,
    untold: Arc<Mutex<Recent<Untold>>>,
}

/// Misdeeds of a client, for [`Suspicion::tell`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Points {
    client: Client,
    when: When,
    last: Misdeed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// So many points.
    Now(u64),
    /// What there will be by then.
    After(Duration),
}

/// Points of a client that Redis does not know of yet.
#[derive(Debug, Default)]
struct Untold {
    points: u64,
    told_at: Option<Instant>,
    /// Somebody waits to tell of them.
    held_back: bool,
}

/// Redis hears of a client at most this often, or when its points here reach the threshold: a flood of bad requests
/// must not become a flood of commands.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// The longest block, and how long after its end a block is remembered.
const DAY: Duration = Duration::from_secs(86_400);

/// About 15 MB.
const MOST_CLIENTS: usize = 100_000;

// === impl Misdeed ===

impl Misdeed {
    fn weight(self, protection: &Protection) -> u32 {
        match self {
            Self::BadSignature => protection.bad_signature_weight,
            Self::UnknownEndpoint => protection.unknown_endpoint_weight,
            Self::Malformed | Self::TooLarge => protection.malformed_weight,
        }
    }
}

impl fmt::Display for Misdeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadSignature => "a bad signature",
            Self::UnknownEndpoint => "an unknown endpoint",
            Self::Malformed => "a malformed request",
            Self::TooLarge => "a body that was too large",
        })
    }
}

// === impl Suspicion ===

impl Suspicion {
    /// `blocked` learns at once of the blocks that this makes.
    pub fn new(blocked: Blocked) -> Self {
        Self { blocked, untold: Arc::new(Mutex::new(Recent::new(MOST_CLIENTS))) }
    }

    /// Takes note of a misdeed, asking nobody. Returns what Redis should hear of, if anything.
    pub fn note(&self, client: &Client, misdeed: Misdeed, protection: &Protection) -> Option<Points> {
        let now = Instant::now();
        if !client.exempt_in(&protection.exempt).may_be_blocked() || self.blocked.until(client, now).is_some()
        {
            return None;
        }
        let when = self.weigh(client, misdeed.weight(protection), protection, now)?;
        Some(Points { client: *client, when, last: misdeed })
    }

    fn weigh(&self, client: &Client, weight: u32, protection: &Protection, now: Instant) -> Option<When> {
        if weight == 0 || protection.threshold == 0 {
            return None;
        }
        let mut clients = self.clients();
        let untold = clients.of(client.network());
        let since = untold.told_at.map_or(Duration::MAX, |at| now.saturating_duration_since(at));
        if since > protection.window {
            untold.points = 0;
        }
        untold.points += u64::from(weight);
        if since >= TELL_EVERY || untold.points >= u64::from(protection.threshold) {
            untold.told_at = Some(now);
            return Some(When::Now(std::mem::take(&mut untold.points)));
        }
        let first = !std::mem::replace(&mut untold.held_back, true);
        first.then(|| When::After(TELL_EVERY - since))
    }

    /// The points that were held back, once their time has come.
    fn held_back(&self, client: &Client, now: Instant) -> u64 {
        let mut clients = self.clients();
        let untold = clients.of(client.network());
        untold.told_at = Some(now);
        untold.held_back = false;
        std::mem::take(&mut untold.points)
    }

    fn clients(&self) -> MutexGuard<'_, Recent<Untold>> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the points to those of all replicas, in a while if Redis heard of this client just now. Returns the block
    /// that they brought about.
    ///
    /// # Errors
    /// Redis could not be told; the points are lost.
    pub async fn tell(
        &self,
        store: &Store,
        told: &Points,
        protection: &Protection,
    ) -> Result<Option<Block>, StoreError> {
        let Points { client, when, last } = told;
        let points = match when {
            When::Now(points) => *points,
            When::After(wait) => {
                tokio::time::sleep(*wait).await;
                self.held_back(client, Instant::now())
            }
        };
        if points == 0 {
            return Ok(None);
        }
        let Protection { threshold, window, block_duration, .. } = protection;
        let reason =
            format!("{threshold} points of suspicion within {} s, the last for {last}", window.as_secs());
        let (key, keys) = (client.key(), store.keys());
        let mut call = LIMITS.call(&SUSPECT);
        call.key(keys.suspicion(&key)).key(keys.blocked()).key(keys.block_reasons());
        call.arg(&key).arg(points).arg(threshold).arg(millis(*window)).arg(millis(*block_duration));
        call.arg(millis(DAY.max(*block_duration))).arg(millis(DAY)).arg(&reason);
        let (now, until): (u64, u64) = store.run(&call).await?;
        if until == 0 {
            return Ok(None);
        }
        let left = Millis(until).since(Millis(now));
        self.blocked.insert(client, left);
        Ok(Some(Block::made(client, (Millis(now), left), reason, "suspicion")))
    }
}

#[cfg(test)]
mod tests;
