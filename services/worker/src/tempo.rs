//! How fast a handler's places become free, and when to come back for one. Pure: times and chance are handed in.

use std::time::Duration;

use tokio::time::Instant;

/// The soonest that a deferred job comes back, and the latest: a handler that has recovered is not left waiting.
const SOONEST: Duration = Duration::from_secs(1);
const LATEST: Duration = Duration::from_secs(60);

/// What the last call counts for in the mean.
const WEIGHT: f64 = 1.0 / 8.0;

/// What is known of a handler's calls.
#[derive(Debug)]
pub(crate) struct Tempo {
    /// How long a call takes, in seconds.
    mean: f64,
    /// The least from one call to the next, in seconds.
    pace: f64,
    /// When the jobs that were deferred so far have all had a place, if calls go on as they do.
    drained: Instant,
}

// === impl Tempo ===

impl Tempo {
    /// `pace` is the least time from one call to the next.
    pub(crate) fn new(now: Instant, pace: Duration) -> Self {
        Self { mean: 0.0, pace: pace.as_secs_f64(), drained: now }
    }

    /// A call is over.
    pub(crate) fn took(&mut self, time: Duration) {
        self.mean += (time.as_secs_f64() - self.mean) * WEIGHT;
    }

    /// For that long none of so many calls has ended: they are slower than those before.
    pub(crate) fn waited_in_vain(&mut self, time: Duration, calls: usize) {
        self.mean = self.mean.max(time.as_secs_f64() * calls.max(1) as f64);
    }

    /// How long the last of so many waiting jobs may expect to wait, beside so many calls.
    pub(crate) fn wait(&self, waiting: usize, calls: usize) -> Duration {
        Duration::try_from_secs_f64(self.interval(calls) * waiting as f64).unwrap_or(Duration::MAX)
    }

    /// How long to put one more job off: until those before it have had their places, and up to a half more or less, so that
    /// not all come back at once. `random` lies in 0..1.
    pub(crate) fn put_off(&mut self, now: Instant, calls: usize, random: f64) -> Duration {
        let interval = Duration::try_from_secs_f64(self.interval(calls)).unwrap_or(LATEST).min(LATEST);
        // Not further than what can be used: it must not take hours to notice that the line is gone.
        self.drained = (self.drained.max(now) + interval).min(now + LATEST * 2);
        let wait = (self.drained - now).clamp(SOONEST, LATEST);
        wait.mul_f64(0.5 + random.clamp(0.0, 1.0))
    }

    /// Seconds from one free place to the next.
    fn interval(&self, calls: usize) -> f64 {
        (self.mean / calls.max(1) as f64).max(self.pace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// After so many calls of that long.
    fn tempo(now: Instant, calls: usize, time: Duration) -> Tempo {
        let mut tempo = Tempo::new(now, Duration::ZERO);
        (0..calls).for_each(|_| tempo.took(time));
        tempo
    }

    #[test]
    fn of_a_new_or_a_fast_handler_nobody_expects_to_wait_long() {
        let now = Instant::now();
        assert_eq!(Tempo::new(now, Duration::ZERO).wait(1000, 1), Duration::ZERO);
        assert!(tempo(now, 100, Duration::from_millis(5)).wait(50, 10) < Duration::from_millis(30));
    }

    #[test]
    fn behind_others_at_a_slow_handler_one_waits_its_turn() {
        let tempo = tempo(Instant::now(), 100, seconds(10));
        let waits = [(1, 10), (2, 10), (2, 1)].map(|(waiting, calls)| tempo.wait(waiting, calls));
        for (wait, about) in waits.into_iter().zip([1.0, 2.0, 20.0]) {
            assert!((wait.as_secs_f64() - about).abs() < 0.01 * about, "{wait:?} {about}");
        }
    }

    #[test]
    fn where_calls_begin_at_intervals_one_waits_for_them_however_fast_they_are() {
        let tempo = Tempo::new(Instant::now(), Duration::from_millis(100));
        assert_eq!(tempo.wait(20, 10), seconds(2));
    }

    #[test]
    fn calls_that_do_not_end_are_noticed_before_they_do() {
        let mut tempo = tempo(Instant::now(), 100, Duration::from_millis(5));
        tempo.waited_in_vain(seconds(1), 8);
        assert_eq!(tempo.wait(1, 8), seconds(1));
    }

    #[test]
    fn a_handler_that_has_recovered_is_soon_taken_for_fast() {
        let mut tempo = tempo(Instant::now(), 100, seconds(30));
        (0..60).for_each(|_| tempo.took(Duration::from_millis(5)));
        assert!(tempo.wait(1, 1) < seconds(1), "{tempo:?}");
    }

    #[test]
    fn deferred_jobs_come_back_one_after_the_other_and_none_is_forgotten_for_long() {
        let now = Instant::now();
        let mut tempo = tempo(now, 100, seconds(10));
        let waits: Vec<_> = (0..100).map(|_| tempo.put_off(now, 10, 0.5).as_secs_f64()).collect();
        assert!(waits.is_sorted(), "{waits:?}");
        assert!(waits[0] >= 1.0 && (9.0..11.0).contains(&waits[9]), "{waits:?}");
        assert!(waits[99] <= 60.0 && waits[99] > 59.0, "{waits:?}");
        // Two minutes later nobody is left of them.
        assert_eq!(tempo.put_off(now + seconds(121), 10, 0.5), SOONEST);
    }

    #[test]
    fn not_all_come_back_at_once() {
        let now = Instant::now();
        let waits = [0.0, 1.0].map(|random| tempo(now, 100, seconds(100)).put_off(now, 1, random));
        assert_eq!(waits, [seconds(30), seconds(90)]);
    }
}
