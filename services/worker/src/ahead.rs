//! How many jobs a worker has in hand beyond those that it may call at once, so that the next call never waits for Redis.
//! Pure.

use std::time::Duration;

use tokio::time::Instant;

/// As many as are called within this time: about that of two claims. A job that was taken ahead waits no longer than it would
/// have in its stream, where handlers are fast; where they are slow none is, and other workers may have it.
const SPAN: Duration = Duration::from_millis(2);

/// How fast calls have ended lately.
#[derive(Debug)]
pub(crate) struct Ahead {
    since: Instant,
    /// Calls that had ended by then.
    ended: u64,
    jobs: usize,
}

// === impl Ahead ===

impl Ahead {
    pub(crate) fn new(now: Instant) -> Self {
        Self { since: now, ended: 0, jobs: 0 }
    }

    /// By now so many calls have ended since the worker's start. How many jobs to take ahead of them?
    pub(crate) fn jobs(&mut self, ended: u64, now: Instant) -> usize {
        let time = now - self.since;
        if time >= SPAN {
            let calls = ended.saturating_sub(self.ended) as f64;
            self.jobs = (calls * SPAN.div_duration_f64(time)) as usize;
            (self.since, self.ended) = (now, ended);
        }
        self.jobs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_are_called_in_a_moment() {
        let start = Instant::now();
        let (mut ahead, at) = (Ahead::new(start), |ms| start + Duration::from_millis(ms));
        assert_eq!(ahead.jobs(0, start), 0);
        assert_eq!(ahead.jobs(100, at(10)), 20);
        // Too soon to know better.
        assert_eq!(ahead.jobs(101, at(11)), 20);
        assert_eq!(ahead.jobs(110, at(20)), 2);
    }

    #[test]
    fn none_where_handlers_are_slow_or_nothing_comes() {
        let start = Instant::now();
        let (mut ahead, at) = (Ahead::new(start), |ms| start + Duration::from_millis(ms));
        assert_eq!(ahead.jobs(64, at(1000)), 0);
        assert_eq!(ahead.jobs(1064, at(1100)), 20);
        assert_eq!(ahead.jobs(1064, at(2100)), 0);
    }
}
