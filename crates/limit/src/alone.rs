//! An endpoint's limits, counted by one process by itself while Redis, which counts for all, is away.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use settings::{LimitScope, RateLimit};

use crate::Client;
use crate::limiter::{Verdict, windows};
use crate::quota::{Quota, Quotas, Window};

/// Counts what this process admits. Several ingresses let in as many times the limit as they are; nobody is blocked, and
/// nothing of it is told to Redis afterwards.
///
/// A window is exact to a thousandth of its length, on the strict side.
#[derive(Debug, Default)]
pub struct Alone {
    counted: Mutex<Counted>,
}

#[derive(Debug)]
struct Counted {
    logs: HashMap<Who, HashMap<Window, Log>>,
    /// At so many it is looked who may be forgotten: twice as many as stayed the last time, so that a crowd of
    /// senders is not looked through for each of its requests.
    sweep_at: usize,
}

/// An endpoint, and a client's key; none where its clients are counted together.
type Who = (String, Option<String>);

/// Requests admitted within the last window, by the end of the thousandth in which they came.
#[derive(Debug, Default)]
struct Log {
    slots: VecDeque<(Instant, u32)>,
    sum: u32,
}

/// Beyond so many, those that have sent nothing for long are forgotten.
const MOST: usize = 10_000;

/// Beyond so many, all are: whoever has a network of addresses has no end of them.
const LIMIT: usize = 100_000;

// === impl Counted ===

impl Default for Counted {
    fn default() -> Self {
        Self { logs: HashMap::new(), sweep_at: MOST }
    }
}

impl Counted {
    fn of(&mut self, who: Who, now: Instant) -> &mut HashMap<Window, Log> {
        if self.logs.len() >= self.sweep_at {
            self.logs.retain(|_, logs| logs.iter_mut().any(|(window, log)| log.used(*window, now) > 0));
            if self.logs.len() >= LIMIT {
                self.logs.clear();
            }
            self.sweep_at = (self.logs.len() * 2).clamp(MOST, LIMIT);
        }
        self.logs.entry(who).or_default()
    }
}

// === impl Alone ===

impl Alone {
    /// Counts a request, unless one of its endpoint's limits is over.
    pub fn admit(&self, endpoint: &str, client: &Client, limits: &RateLimit, now: Instant) -> Verdict {
        let windows = windows(limits);
        if windows.is_empty() {
            return Verdict::Admit { standing: Quotas::default() };
        }
        let who = match limits.scope {
            LimitScope::Address => Some(client.key()),
            LimitScope::Endpoint => None,
        };
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let logs = counted.of((endpoint.to_owned(), who), now);
        let over = windows.iter().filter_map(|(window, limit)| {
            let log = logs.entry(*window).or_default();
            (log.used(*window, now) >= *limit).then(|| (*window, log.frees(*window, *limit, now)))
        });
        let over = over.max_by_key(|(_, wait)| *wait);
        if over.is_none() {
            windows.iter().for_each(|(window, _)| logs.entry(*window).or_default().add(*window, now));
        }
        let standing = Quotas(
            windows
                .iter()
                .map(|(window, limit)| logs.entry(*window).or_default().quota(*window, *limit, now))
                .collect(),
        );
        match over {
            None => Verdict::Admit { standing },
            Some((limit, retry_after)) => Verdict::Over { limit, retry_after, standing, block: None },
        }
    }
}

// === impl Log ===

impl Log {
    /// How many are within the window that ends now.
    fn used(&mut self, window: Window, now: Instant) -> u32 {
        while let Some((ended, count)) = self.slots.front().copied()
            && ended + window.length() <= now
        {
            self.slots.pop_front();
            self.sum -= count;
        }
        self.sum
    }

    fn add(&mut self, window: Window, now: Instant) {
        self.sum += 1;
        match self.slots.back_mut() {
            Some((ends, count)) if now < *ends => *count += 1,
            _ => self.slots.push_back((now + window.length() / 1000, 1)),
        }
    }

    /// Until there is room for one more.
    fn frees(&self, window: Window, limit: u32, now: Instant) -> Duration {
        let mut left = self.sum;
        let enough = self.slots.iter().find(|(_, count)| {
            left -= count;
            left < limit
        });
        enough.map_or(Duration::ZERO, |(ended, _)| (*ended + window.length()).saturating_duration_since(now))
    }

    fn quota(&self, window: Window, limit: u32, now: Instant) -> Quota {
        let oldest =
            self.slots.front().map(|(ended, _)| (*ended + window.length()).saturating_duration_since(now));
        Quota {
            window,
            limit,
            remaining: limit.saturating_sub(self.sum),
            reset: oldest.unwrap_or(window.length()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::client;

    fn limits(minute: u32, burst: u32) -> RateLimit {
        let set = |limit| Some(limit).filter(|limit| *limit > 0);
        RateLimit { requests_per_minute: set(minute), burst_limit: set(burst), ..RateLimit::default() }
    }

    #[test]
    fn each_client_has_its_own_unless_they_are_counted_together() {
        let (alone, now) = (Alone::default(), Instant::now());
        let limits = limits(2, 0);
        let admitted =
            |address: &str, limits: &RateLimit| alone.admit("a", &client(address), limits, now).is_admitted();
        assert_eq!([1, 2, 3].map(|_| admitted("203.0.113.1", &limits)), [true, true, false]);
        assert!(admitted("203.0.113.2", &limits));
        let together = RateLimit { scope: LimitScope::Endpoint, ..limits };
        assert_eq!([3, 4, 5].map(|n| admitted(&format!("203.0.113.{n}"), &together)), [true, true, false]);
    }

    #[test]
    fn a_crowd_without_end_takes_neither_memory_nor_time_without_end() {
        let (alone, now, limits) = (Alone::default(), Instant::now(), limits(2, 0));
        let begun = Instant::now();
        for n in 0..150_000_u32 {
            let client = Client::new(std::net::Ipv4Addr::from_bits(n).into());
            assert!(alone.admit("a", &client, &limits, now).is_admitted());
            assert!(
                n % 1000 > 0 || begun.elapsed() < Duration::from_secs(30),
                "{n} took {:?}",
                begun.elapsed()
            );
        }
        assert!(alone.counted.lock().unwrap().logs.len() <= 100_000);
    }

    proptest! {
        #[test]
        fn no_span_holds_more_than_the_limit_and_whoever_waits_as_told_is_admitted(
            gaps in prop::collection::vec(0_u64..400, 1..120), minute in 1_u32..40, burst in 1_u32..8,
        ) {
            let (alone, limits, me) = (Alone::default(), limits(minute, burst), client("203.0.113.1"));
            let (mut now, mut admitted) = (Instant::now(), Vec::new());
            for gap in gaps {
                now += Duration::from_millis(gap);
                match alone.admit("a", &me, &limits, now) {
                    Verdict::Admit { .. } => admitted.push(now),
                    Verdict::Over { retry_after, .. } => {
                        now += retry_after;
                        prop_assert!(alone.admit("a", &me, &limits, now).is_admitted());
                        admitted.push(now);
                    }
                }
            }
            for (window, limit) in windows(&limits) {
                for span in admitted.windows(limit as usize + 1) {
                    prop_assert!(span[limit as usize] - span[0] >= window.length());
                }
            }
        }
    }
}
