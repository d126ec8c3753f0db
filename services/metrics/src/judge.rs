//! Is it as bad as an alert says? Pure: told the time and the totals.

use std::collections::VecDeque;
use std::time::Duration;

use service::Report;
use settings::{Alert, AlertMetric};
use stream::Counters;

/// A window is remembered in about this many samples, however long it is.
const SAMPLES: u32 = 600;

/// What an alert watches, counted since ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Failures, or whatever is counted.
    pub(crate) bad: u64,
    /// Requests, for a rate; else 0.
    pub(crate) all: u64,
}

/// What the last window held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Verdict {
    Firing(f64),
    Resolved(f64),
    /// It is below the threshold as far as we look back, but we do not look back a whole window yet.
    TooEarly,
}

/// One alert's eye on the totals.
#[derive(Debug)]
pub(crate) struct Judge {
    pub(crate) alert: Alert,
    /// Oldest first. The first is the newest of those that are at least a window old, if there is one.
    samples: VecDeque<(Duration, Counts)>,
}

// === impl Counts ===

impl Counts {
    pub(crate) fn of(metric: AlertMetric, totals: &Counters) -> Self {
        let report = Report::from(totals, &[], 0);
        let (bad, all) = match metric {
            AlertMetric::FailureRate => (report.requests.failed, report.requests.total),
            AlertMetric::SignatureFailures => (report.security.signature_failures, 0),
            AlertMetric::RateLimitHits => (report.security.rate_limit_hits, 0),
            AlertMetric::DeadLetters => (report.processing.dead, 0),
            // Not counted: looked at.
            AlertMetric::DeadLetterRetention => (0, 0),
        };
        Self { bad, all }
    }

    /// Counters only grow; if they did not, Redis came back without them.
    fn follows(self, earlier: Self) -> bool {
        self.bad >= earlier.bad && self.all >= earlier.all
    }
}

// === impl Judge ===

impl Judge {
    pub(crate) fn new(alert: Alert) -> Self {
        Self { alert, samples: VecDeque::new() }
    }

    /// Takes in the totals `at` this time, by any clock that does not jump.
    pub(crate) fn judge(&mut self, at: Duration, now: Counts) -> Verdict {
        self.remember(at, now);
        let (since, then) = self.samples[0];
        let value = self.value(then, now);
        if value >= self.alert.threshold {
            Verdict::Firing(value)
        } else if at.saturating_sub(since) >= self.alert.window {
            Verdict::Resolved(value)
        } else {
            Verdict::TooEarly
        }
    }

    /// What is not counted but looked at, at this moment.
    pub(crate) fn judge_now(&self, value: f64) -> Verdict {
        if value >= self.alert.threshold { Verdict::Firing(value) } else { Verdict::Resolved(value) }
    }

    fn remember(&mut self, at: Duration, now: Counts) {
        if self.samples.back().is_some_and(|(_, last)| !now.follows(*last)) {
            self.samples.clear();
        }
        let before_last = self.samples.len().checked_sub(2).map(|place| self.samples[place].0);
        if before_last.is_some_and(|then| at.saturating_sub(then) < self.alert.window / SAMPLES) {
            self.samples.pop_back();
        }
        self.samples.push_back((at, now));
        while self.samples.get(1).is_some_and(|(then, _)| at.saturating_sub(*then) >= self.alert.window) {
            self.samples.pop_front();
        }
    }

    fn value(&self, then: Counts, now: Counts) -> f64 {
        let bad = (now.bad - then.bad) as f64;
        match self.alert.metric {
            AlertMetric::FailureRate => match now.all - then.all {
                0 => 0.0,
                all => bad * 100.0 / all as f64,
            },
            AlertMetric::SignatureFailures
            | AlertMetric::RateLimitHits
            | AlertMetric::DeadLetters
            | AlertMetric::DeadLetterRetention => bad,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn judge(metric: AlertMetric, threshold: f64, window: u64) -> Judge {
        let window = Duration::from_secs(window);
        Judge::new(Alert { name: "a".to_owned(), metric, threshold, window, url: None })
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn count(bad: u64) -> Counts {
        Counts { bad, all: 0 }
    }

    #[test]
    fn what_was_counted_before_the_window_does_not_count() {
        let mut judge = judge(AlertMetric::DeadLetters, 5.0, 10);
        assert_eq!(judge.judge(at(0), count(100)), Verdict::TooEarly);
        assert_eq!(judge.judge(at(3), count(104)), Verdict::TooEarly);
        assert_eq!(judge.judge(at(4), count(105)), Verdict::Firing(5.0));
        assert_eq!(judge.judge(at(10), count(105)), Verdict::Firing(5.0));
        assert_eq!(judge.judge(at(14), count(105)), Verdict::Resolved(0.0));
    }

    #[test]
    fn it_is_not_resolved_before_a_whole_window_was_seen() {
        let mut judge = judge(AlertMetric::SignatureFailures, 5.0, 60);
        assert_eq!(judge.judge(at(0), count(9)), Verdict::TooEarly);
        assert_eq!(judge.judge(at(59), count(9)), Verdict::TooEarly);
        assert_eq!(judge.judge(at(60), count(10)), Verdict::Resolved(1.0));
    }

    #[test]
    fn a_rate_is_a_share_of_the_windows_requests() {
        let mut judge = judge(AlertMetric::FailureRate, 50.0, 10);
        judge.judge(at(0), Counts { bad: 0, all: 1000 });
        assert_eq!(judge.judge(at(1), Counts { bad: 1, all: 1003 }), Verdict::TooEarly);
        assert_eq!(judge.judge(at(2), Counts { bad: 3, all: 1004 }), Verdict::Firing(75.0));
        // No requests at all: nothing fails.
        assert_eq!(judge.judge(at(12), Counts { bad: 3, all: 1004 }), Verdict::Resolved(0.0));
    }

    #[test]
    fn totals_that_were_lost_begin_anew() {
        let mut judge = judge(AlertMetric::RateLimitHits, 5.0, 10);
        judge.judge(at(0), count(100));
        assert_eq!(judge.judge(at(1), count(0)), Verdict::TooEarly);
        assert_eq!(judge.judge(at(2), count(5)), Verdict::Firing(5.0));
    }

    #[test]
    fn totals_are_read_as_the_page_counts_them() {
        let mut totals = Counters::default();
        totals.add("webhook_requests_total{endpoint=\"a\",status=\"accepted\"}", 3.0);
        totals.add("webhook_requests_total{endpoint=\"a\",status=\"rate_limited\"}", 1.0);
        totals.add("webhook_rate_limit_hits_total{endpoint=\"a\",limit=\"minute\"}", 1.0);
        totals.add("webhook_dead_letters_total{route=\"r\",reason=\"gone\"}", 2.0);
        assert_eq!(Counts::of(AlertMetric::FailureRate, &totals), Counts { bad: 1, all: 4 });
        assert_eq!(Counts::of(AlertMetric::RateLimitHits, &totals), count(1));
        assert_eq!(Counts::of(AlertMetric::DeadLetters, &totals), count(2));
    }

    proptest! {
        /// However often it looks, it agrees with a plain sum over the window, give or take one sample's distance.
        #[test]
        fn a_window_is_a_window(growth in prop::collection::vec((1_u64..4, 0_u64..3), 1..200)) {
            let window = 30;
            let mut judge = judge(AlertMetric::DeadLetters, 1.0, window);
            let (mut time, mut total, mut seen) = (0, 0, Vec::new());
            for (step, more) in growth {
                (time, total) = (time + step, total + more);
                seen.push((time, total));
                let base = seen.iter().rev().find(|(then, _)| time - then >= window).unwrap_or(&seen[0]);
                let expected = (total - base.1) as f64;
                match judge.judge(at(time), count(total)) {
                    Verdict::Firing(value) | Verdict::Resolved(value) => prop_assert_eq!(value, expected),
                    Verdict::TooEarly => prop_assert_eq!(expected, 0.0),
                }
            }
            prop_assert!(judge.samples.len() <= SAMPLES as usize + 2);
        }
    }
}
