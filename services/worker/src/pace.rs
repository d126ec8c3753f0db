//! Calls begun in one second.

use std::sync::{Mutex, MutexGuard, PoisonError};
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

    /// The least time from one call to the next.
    pub(crate) fn interval(&self) -> Duration {
        self.interval
    }

    /// Waits for this call's turn, if it comes within `most`. False: it does not, and the turn is left to another.
    pub(crate) async fn wait(&self, most: Duration) -> bool {
        if self.interval.is_zero() {
            return true;
        }
        let turn = self.reserve(Instant::now(), most);
        if let Some(turn) = turn {
            tokio::time::sleep_until(turn).await;
        }
        turn.is_some()
    }

    /// Would a call have its turn at once?
    pub(crate) fn is_free(&self) -> bool {
        self.interval.is_zero() || *self.next() <= Instant::now()
    }

    fn reserve(&self, now: Instant, most: Duration) -> Option<Instant> {
        let mut next = self.next();
        let turn = (*next).max(now);
        if turn - now > most {
            return None;
        }
        *next = turn + self.interval;
        Some(turn)
    }

    fn next(&self) -> MutexGuard<'_, Instant> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: Duration = Duration::MAX;

    #[test]
    fn calls_begin_at_even_intervals_and_idle_time_is_not_saved_up() {
        let pace = Pace::new(10);
        let start = Instant::now() + Duration::from_secs(1);
        let turns: Vec<_> = (0..3).map(|_| pace.reserve(start, ANY).unwrap() - start).collect();
        assert_eq!(turns, [0, 100, 200].map(Duration::from_millis));
        let later = start + Duration::from_secs(60);
        assert_eq!(pace.reserve(later, ANY), Some(later));
        assert_eq!(pace.reserve(later, ANY), Some(later + Duration::from_millis(100)));
    }

    #[test]
    fn a_turn_that_is_too_far_away_is_left_to_others() {
        let (pace, now) = (Pace::new(10), Instant::now() + Duration::from_secs(1));
        let most = Duration::from_millis(150);
        let turns: Vec<_> = (0..4).map(|_| pace.reserve(now, most).map(|turn| turn - now)).collect();
        assert_eq!(turns, [Some(Duration::ZERO), Some(Duration::from_millis(100)), None, None]);
    }

    #[tokio::test]
    async fn without_a_limit_nobody_waits() {
        let (before, pace) = (Instant::now(), Pace::new(0));
        for _ in 0..10_000 {
            assert!(pace.wait(Duration::ZERO).await);
        }
        assert!(before.elapsed() < Duration::from_secs(1));
    }
}
