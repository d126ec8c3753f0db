//! An endpoint's own limits, counted in Redis for all replicas at once.

use std::time::Duration;

use event::Millis;
use settings::RateLimit;
use stream::{Store, StoreError};

use crate::quota::{Quota, Quotas, Window};
use crate::steps::{ADMIT, LIMITS};
use crate::{Block, Blocked, Client};

/// Admits requests whose signature is valid, within their endpoint's limits.
#[derive(Debug, Clone)]
pub struct Limiter {
    blocked: Blocked,
    /// Shorter in tests.
    lengths: [Duration; 3],
}

/// May a request go on?
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    Admit {
        standing: Quotas,
    },
    /// It was not counted.
    Over {
        /// The limit that it will take longest to be under again.
        limit: Window,
        /// A request after this time is admitted, if none other comes before.
        retry_after: Duration,
        standing: Quotas,
        /// The block that this request brought about.
        block: Option<Block>,
    },
}

/// What is counted together.
#[derive(Clone, Copy)]
struct Counted<'a> {
    endpoint: &'a str,
    /// A client's key, or [`EVERYBODY`].
    who: &'a str,
}

/// Stands in the place of a client where an endpoint's requests are counted as one.
const EVERYBODY: &str = "*";

/// Requests of one client at one endpoint that are recorded for an hour where no limit needs more: about 110 kB.
const MOST_RECORDED: u32 = 10_000;

/// Clients of one endpoint that can be listed.
const MOST_CLIENTS: usize = 1_000;

// === impl Verdict ===

impl Verdict {
    pub fn standing(&self) -> &Quotas {
        match self {
            Self::Admit { standing } | Self::Over { standing, .. } => standing,
        }
    }

    pub fn is_admitted(&self) -> bool {
        matches!(self, Self::Admit { .. })
    }
}

// === impl Limiter ===

impl Limiter {
    /// `blocked` learns at once of the blocks that this limiter makes.
    pub fn new(blocked: Blocked) -> Self {
        Self { blocked, lengths: Window::ALL.map(Window::length) }
    }

    /// Counts a request against the limits of its endpoint for its client, if none of them is over.
    ///
    /// No span of a window's length ever holds more admitted requests than the limit, over all replicas. Where
    /// nothing is limited Redis is not asked.
    ///
    /// # Errors
    /// Redis could not be asked: whether the request was counted is not known after a timeout.
    pub async fn admit(
        &self,
        store: &Store,
        endpoint: &str,
        client: &Client,
        limits: &RateLimit,
    ) -> Result<Verdict, StoreError> {
        self.count(store, Counted { endpoint, who: &client.key() }, client, limits).await
    }

    /// The same, but all clients of the endpoint are counted together. A block is still `client`'s alone.
    ///
    /// # Errors
    /// As [`Limiter::admit`].
    pub async fn admit_together(
        &self,
        store: &Store,
        endpoint: &str,
        client: &Client,
        limits: &RateLimit,
    ) -> Result<Verdict, StoreError> {
        self.count(store, Counted { endpoint, who: EVERYBODY }, client, limits).await
    }

    async fn count(
        &self,
        store: &Store,
        counted: Counted<'_>,
        client: &Client,
        limits: &RateLimit,
    ) -> Result<Verdict, StoreError> {
        let windows = windows(limits);
        if windows.is_empty() {
            return Ok(Verdict::Admit { standing: Quotas::default() });
        }
        let block = limits.block_duration.filter(|_| client.may_be_blocked()).unwrap_or(0);
        let answer = self.ask(store, counted, (client, Duration::from_secs(block)), &windows).await?;
        Ok(self.read(&answer, &windows, counted.endpoint, client))
    }

    /// The script's answer, as `admit.lua` describes it. `block` is who is blocked if it is over, and for how long.
    async fn ask(
        &self,
        store: &Store,
        counted: Counted<'_>,
        block: (&Client, Duration),
        windows: &[(Window, u32)],
    ) -> Result<Vec<u64>, StoreError> {
        let keys = store.keys();
        let mut call = LIMITS.call(&ADMIT);
        call.key(log(store, counted, Window::Hour)).key(keys.limited_clients(counted.endpoint));
        call.key(keys.blocked()).key(keys.block_reasons());
        let hour = windows.iter().find(|(window, _)| *window == Window::Hour);
        let most = hour.map_or(MOST_RECORDED, |(_, limit)| MOST_RECORDED.max(*limit));
        call.arg(counted.who).arg(block.0.key()).arg(most).arg(millis(self.length(Window::Hour)));
        call.arg(MOST_CLIENTS).arg(millis(block.1));
        for (window, limit) in windows {
            call.key(log(store, counted, *window));
            call.arg(millis(self.length(*window))).arg(limit).arg(reason(counted.endpoint, *window, *limit));
        }
        store.run(&call).await
    }

    fn read(&self, answer: &[u64], windows: &[(Window, u32)], endpoint: &str, client: &Client) -> Verdict {
        let number = |at: usize| answer.get(at).copied().unwrap_or(0);
        let quota = |(at, (window, limit)): (usize, &(Window, u32))| Quota {
            window: *window,
            limit: *limit,
            remaining: limit.saturating_sub(u32::try_from(number(5 + 2 * at)).unwrap_or(u32::MAX)),
            reset: Duration::from_millis(number(6 + 2 * at)),
        };
        let standing = Quotas(windows.iter().enumerate().map(quota).collect());
        let over = usize::try_from(number(0)).ok().and_then(|over| windows.get(over.checked_sub(1)?));
        let Some((limit, most)) = over else {
            return Verdict::Admit { standing };
        };
        let (wait, blocked_for) = (Duration::from_millis(number(1)), Duration::from_millis(number(3)));
        if !blocked_for.is_zero() {
            self.blocked.insert(client, blocked_for);
        }
        let made = |reason| Block::made(client, (Millis(number(2)), blocked_for), reason, "limit");
        let block = (number(4) == 1).then(|| made(reason(endpoint, *limit, *most)));
        Verdict::Over { limit: *limit, retry_after: wait.max(blocked_for), standing, block }
    }

    fn length(&self, window: Window) -> Duration {
        self.lengths[window as usize]
    }
}

/// The limits that are set.
fn windows(limits: &RateLimit) -> Vec<(Window, u32)> {
    let set = [limits.burst_limit, limits.requests_per_minute, limits.requests_per_hour];
    Window::ALL
        .into_iter()
        .zip(set)
        .filter_map(|(window, limit)| Some((window, limit.filter(|n| *n > 0)?)))
        .collect()
}

/// The log of a window. That of the hour is kept in any case, for people to read.
fn log(store: &Store, counted: Counted<'_>, window: Window) -> String {
    match window {
        Window::Hour => store.keys().limit(counted.endpoint, counted.who),
        _ => store.keys().limit(counted.endpoint, &format!("{}:{window}", counted.who)),
    }
}

fn reason(endpoint: &str, window: Window, limit: u32) -> String {
    format!("more than {limit} requests a {} at endpoint {endpoint}", window.unit())
}

pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod exact;
#[cfg(test)]
mod tests;
