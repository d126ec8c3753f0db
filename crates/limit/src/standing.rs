//! Where the clients of an endpoint stand against its limits.

use std::time::Duration;

use serde::Serialize;
use settings::{LimitScope, RateLimit};
use stream::{Store, StoreError};

use crate::limiter::millis;
use crate::quota::{Window, seconds_up};
use crate::steps::{CLIENTS, COUNT, LIMITS};
use crate::{Block, Blocked};

/// What `hookstream limits` shows. Serialises as `GET /admin/rate-limits/{endpoint_id}` answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    pub endpoint: String,
    pub limits: Limits,
    /// Admitted requests of all clients known (the latest 1000).
    pub requests_last_minute: u64,
    pub requests_last_hour: u64,
    /// How many clients had a request admitted within the hour, up to 1000.
    pub clients_last_hour: usize,
    /// The busiest ones, by their last minute, then their last hour.
    pub clients: Vec<ClientStanding>,
    /// Blocks in force, for whatever reason; those that last longest.
    pub blocked: Vec<Block>,
    pub blocked_total: usize,
}

/// An endpoint's limits, as set. Null: no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limits {
    pub requests_per_minute: Option<u32>,
    pub requests_per_hour: Option<u32>,
    pub burst_limit: Option<u32>,
    /// Seconds.
    pub block_duration: Option<u64>,
    #[serde(skip_serializing_if = "is_by_address")]
    pub scope: LimitScope,
}

/// One client's requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClientStanding {
    /// As [`crate::Client::key`] writes it; `*` where all are counted together.
    pub client: String,
    pub last_minute: u64,
    /// Counted up to 10 000 or the largest limit.
    pub last_hour: u64,
    /// Null: no limit.
    pub remaining_minute: Option<u64>,
    pub remaining_hour: Option<u64>,
    /// Null: not blocked.
    pub blocked_for_seconds: Option<u64>,
}

const TOP: usize = 20;
const MOST_BLOCKS: usize = 100;

/// Logs counted in one call: Redis does nothing else meanwhile.
const AT_ONCE: usize = 100;

/// Reads where an endpoint's clients stand, by the clock of Redis. Nothing is counted where nothing is limited.
///
/// # Errors
/// Redis could not be asked.
pub async fn standing(store: &Store, endpoint: &str, limits: &RateLimit) -> Result<Standing, StoreError> {
    let mut clients = count(store, endpoint, limits).await?;
    let (blocked, blocked_total) = Blocked::list(store, MOST_BLOCKS).await?;
    let sum = |of: fn(&ClientStanding) -> u64| clients.iter().map(of).sum();
    let (requests_last_minute, requests_last_hour) = (sum(|one| one.last_minute), sum(|one| one.last_hour));
    let clients_last_hour = clients.len();
    clients.sort_by_key(|one| std::cmp::Reverse((one.last_minute, one.last_hour)));
    clients.truncate(TOP);
    Ok(Standing {
        endpoint: endpoint.to_owned(),
        limits: Limits::from(limits),
        requests_last_minute,
        requests_last_hour,
        clients_last_hour,
        clients,
        blocked,
        blocked_total,
    })
}

async fn count(store: &Store, endpoint: &str, limits: &RateLimit) -> Result<Vec<ClientStanding>, StoreError> {
    let mut call = LIMITS.call(&CLIENTS);
    call.key(store.keys().limited_clients(endpoint)).arg(length(Window::Hour));
    let names: Vec<String> = store.run(&call).await?;
    let mut clients = Vec::with_capacity(names.len());
    for names in names.chunks(AT_ONCE) {
        let mut call = LIMITS.call(&COUNT);
        call.key(store.keys().blocked()).arg(length(Window::Minute)).arg(length(Window::Hour));
        for name in names {
            call.key(store.keys().limit(endpoint, name)).arg(name);
        }
        let counts: Vec<(u64, u64, u64)> = store.run(&call).await?;
        clients
            .extend(names.iter().zip(counts).map(|(name, counts)| ClientStanding::new(name, counts, limits)));
    }
    Ok(clients)
}

fn length(window: Window) -> u64 {
    millis(window.length())
}

fn is_by_address(scope: &LimitScope) -> bool {
    *scope == LimitScope::Address
}

// === impl Limits ===

impl From<&RateLimit> for Limits {
    fn from(limits: &RateLimit) -> Self {
        let RateLimit { requests_per_minute, requests_per_hour, burst_limit, block_duration, scope } =
            *limits;
        Self { requests_per_minute, requests_per_hour, burst_limit, block_duration, scope }
    }
}

// === impl ClientStanding ===

impl ClientStanding {
    fn new(client: &str, counts: (u64, u64, u64), limits: &RateLimit) -> Self {
        let (last_minute, last_hour, blocked_ms) = counts;
        let left = |limit: Option<u32>, used| Some(u64::from(limit?).saturating_sub(used));
        Self {
            client: client.to_owned(),
            last_minute,
            last_hour,
            remaining_minute: left(limits.requests_per_minute, last_minute),
            remaining_hour: left(limits.requests_per_hour, last_hour),
            blocked_for_seconds: (blocked_ms > 0).then(|| seconds_up(Duration::from_millis(blocked_ms))),
        }
    }
}

#[cfg(test)]
mod tests;
