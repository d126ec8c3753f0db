//! Calls begun in one second.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Lets calls begin at even intervals.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Zero: no limit.
    interval: Duration,
    next: Mutex<Instant>,
}

// === impl Pace ===

impl Pace {
    /// `rate` a second; 0: no limit.
    pub(crate) fn new(rate: u32) -> Self {
        let interval = Duration::from_secs(1).checked_div(rate).unwrap_or_default();
        Self { interval, next: Mutex::new(Instant::now()) }
    }

    /// Waits for this call's turn.
    pub(crate) async fn wait(&self) {
        if !self.interval.is_zero() {
            tokio::time::sleep_until(self.reserve(Instant::now())).await;
        }
    }

    fn reserve(&self, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = (*next).max(now);
        *next = turn + self.interval;
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_begin_at_even_intervals_and_idle_time_is_not_saved_up() {
        let pace = Pace::new(10);
        let start = Instant::now() + Duration::from_secs(1);
        let turns: Vec<_> = (0..3).map(|_| pace.reserve(start) - start).collect();
        assert_eq!(turns, [0, 100, 200].map(Duration::from_millis));
        let later = start + Duration::from_secs(60);
        assert_eq!(pace.reserve(later), later);
        assert_eq!(pace.reserve(later), later + Duration::from_millis(100));
    }

    #[tokio::test]
    async fn without_a_limit_nobody_waits() {
        let (before, pace) = (Instant::now(), Pace::new(0));
        for _ in 0..10_000 {
            pace.wait().await;
        }
        assert!(before.elapsed() < Duration::from_secs(1));
    }
}
