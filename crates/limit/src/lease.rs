//! Requests that Redis has let in beforehand, for one ingress to let in by itself: under load one question stands for many.
//!
//! A lease is counted when it is given, at the time of its end, so that no span of a window ever holds more than the limit;
//! what was not used of it is given back then. It is given only far from every limit (`admit.lua`): near one, and for
//! small limits always, each request is decided by Redis.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::quota::{Quota, Quotas, Window};

/// How long a lease holds.
pub(crate) const LENGTH: Duration = Duration::from_millis(20);

/// Requests of one lease, at most: Redis writes each down in every window's log, which takes it a fraction of a
/// millisecond.
const MOST: u32 = 512;

/// Of what is expected to come, this much is asked for: a lease that is used up before its end costs less than one of which
/// much is given back.
const SHARE: f64 = 7.0 / 8.0;

/// Of those who may hold one, at most; then all are forgotten, since none lasts long.
const MOST_HOLDERS: usize = 10_000;

/// Whose limits: an endpoint, and who is counted there.
pub(crate) type Holder = (String, String);

/// What this ingress holds.
#[derive(Debug, Default)]
pub(crate) struct Leases(Mutex<HashMap<Holder, Arc<Lease>>>);

/// So many requests, until a time.
#[derive(Debug)]
pub(crate) struct Lease {
    /// Not used yet.
    left: AtomicU32,
    /// Not used in its time.
    spare: AtomicU32,
    given: u32,
    /// Requests that waited for it.
    asked: u32,
    began: Instant,
    /// The limits that it was given under: once they are others it no longer counts.
    limits: Vec<(Window, u32)>,
    /// When all of it is used.
    standing: Quotas,
}

// === impl Leases ===

impl Leases {
    /// Uses one request of a lease that holds at `now`, and says where its limits stand then.
    pub(crate) fn take(&self, holder: &Holder, limits: &[(Window, u32)], now: Instant) -> Option<Quotas> {
        let lease = self.held().get(holder).cloned()?;
        if now >= lease.until() || lease.limits != limits {
            return None;
        }
        let one_less = |left: u32| left.checked_sub(1);
        let before = lease.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).ok()?;
        Some(lease.standing.with_spare(before - 1))
    }

    /// How many to ask for beside `asked`, who wait: about as many as will come, if they go on coming as they have since the
    /// last lease. A single request asks for none.
    pub(crate) fn wanted(&self, holder: &Holder, asked: u32, now: Instant) -> u32 {
        let last = self.held().get(holder).cloned().filter(|lease| now < lease.until() + LENGTH);
        let expected = last.map_or(f64::from(asked), |lease| lease.pace(asked, now) * SHARE);
        (expected as u32).saturating_sub(1).min(MOST)
    }

    /// Keeps what was given. The caller takes what is left of it at its end.
    pub(crate) fn keep(&self, holder: Holder, lease: Lease) -> Arc<Lease> {
        let lease = Arc::new(lease);
        let mut held = self.held();
        if held.len() >= MOST_HOLDERS {
            held.clear();
        }
        held.insert(holder, lease.clone());
        lease
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<Holder, Arc<Lease>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Lease ===

impl Lease {
    /// `began` is the moment before it was asked for.
    pub(crate) fn new(
        (given, asked): (u32, u32),
        began: Instant,
        limits: Vec<(Window, u32)>,
        standing: Quotas,
    ) -> Self {
        let (left, spare) = (AtomicU32::new(given), AtomicU32::default());
        Self { left, spare, given, asked, began, limits, standing }
    }

    pub(crate) fn until(&self) -> Instant {
        self.began + LENGTH
    }

    /// Requests that came in the time of a lease since it began, with so many that ask now.
    fn pace(&self, asked: u32, now: Instant) -> f64 {
        let unused = self.left.load(Ordering::Relaxed) + self.spare.load(Ordering::Relaxed);
        let came = self.asked + self.given.saturating_sub(unused) + asked;
        let time = (now - self.began).max(Duration::from_millis(1));
        f64::from(came) * LENGTH.div_duration_f64(time)
    }

    /// Ends it. Returns what was not used.
    pub(crate) fn end(&self) -> u32 {
        let spare = self.left.swap(0, Ordering::Relaxed);
        self.spare.fetch_add(spare, Ordering::Relaxed);
        spare
    }
}

// === impl Quotas ===

impl Quotas {
    /// With so many counted that have not come.
    fn with_spare(&self, spare: u32) -> Self {
        let with_spare =
            |quota: &Quota| Quota { remaining: (quota.remaining + spare).min(quota.limit), ..*quota };
        Self(self.0.iter().map(with_spare).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: [(Window, u32); 1] = [(Window::Minute, 5000)];

    fn holder() -> Holder {
        ("payments".to_owned(), "203.0.113.9".to_owned())
    }

    fn lease(given: u32, began: Instant) -> Lease {
        let quota = Quota { window: Window::Minute, limit: 5000, remaining: 4000, reset: LENGTH };
        Lease::new((given, 3), began, LIMITS.to_vec(), Quotas(vec![quota]))
    }

    #[test]
    fn it_lets_in_as_many_as_it_is_for_until_its_end_and_under_its_limits() {
        let (leases, began) = (Leases::default(), Instant::now());
        leases.keep(holder(), lease(2, began));
        assert_eq!(leases.take(&holder(), &[(Window::Minute, 4999)], began), None);
        assert_eq!(leases.take(&holder(), &LIMITS, began + LENGTH), None);
        let remaining = || leases.take(&holder(), &LIMITS, began).map(|standing| standing.0[0].remaining);
        assert_eq!([remaining(), remaining(), remaining()], [Some(4001), Some(4000), None]);
    }

    #[test]
    fn what_is_left_is_given_back_once() {
        let (leases, began) = (Leases::default(), Instant::now());
        let lease = leases.keep(holder(), lease(5, began));
        leases.take(&holder(), &LIMITS, began).unwrap();
        assert_eq!([lease.end(), lease.end()], [4, 0]);
        assert_eq!(leases.take(&holder(), &LIMITS, began), None);
        // Three asked for it, one used it, nobody asks now.
        assert_eq!(lease.pace(0, began + LENGTH), 4.0);
    }

    #[test]
    fn about_as_many_are_wanted_as_will_come_and_none_by_one_alone() {
        let (leases, began) = (Leases::default(), Instant::now());
        assert_eq!([leases.wanted(&holder(), 1, began), leases.wanted(&holder(), 5, began)], [0, 4]);
        leases.keep(holder(), lease(10, began));
        leases.take(&holder(), &LIMITS, began).unwrap();
        // Three asked for it, one used it, four ask now: eight within its time, or within half of it.
        assert_eq!(leases.wanted(&holder(), 4, began + LENGTH), 6);
        assert_eq!(leases.wanted(&holder(), 4, began + LENGTH / 2), 13);
        assert_eq!(leases.wanted(&holder(), 1000, began), MOST);
        assert_eq!(leases.wanted(&holder(), 5, began + LENGTH * 2), 4);
    }
}
