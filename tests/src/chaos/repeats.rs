//! Deliveries made more than once, and why each was.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::fault::{Fault, Link, Target};
use super::handler::Call;
use super::trouble::Happened;

/// A window in which a delivery may be made again. Each is named in docs/reliability.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The worker died between the call and writing down its outcome.
    WorkerKilled,
    /// The worker stood still past a deadline: its lease, or the handler's timeout.
    WorkerFrozen,
    /// The worker stood still in the instant between making sure of its lease and calling.
    WorkerWoke,
    /// The handler's answer did not reach the worker.
    AnswerLost,
    /// Redis was away or frozen, or could not be reached by this worker, for as long as it tried.
    RedisAway,
    /// Nothing that we did explains it.
    Unexplained,
}

/// A call that had been made before: with the same attempt's number, or after a success.
#[derive(Debug, Clone, Copy)]
pub(super) struct Repeat {
    pub(super) first: Call,
    pub(super) again: Call,
    pub(super) why: Why,
}

/// A worker hears of trouble with its wire a moment after it began.
const SLACK: Duration = Duration::from_millis(500);
/// Longest time that a call takes, and then its settlement.
const LONGEST_CALL: Duration = Duration::from_secs(3);
const LONGEST_SETTLEMENT: Duration = Duration::from_secs(11);

/// Finds the repeats among calls sorted by job and time, and explains each by what happened to the worker that made
/// the call before.
pub(super) fn find(calls: &[Call], happened: &[Happened]) -> Vec<Repeat> {
    let mut repeats = Vec::new();
    for of_job in calls.chunk_by(|one, other| one.job == other.job) {
        for (place, again) in of_job.iter().enumerate() {
            let before = &of_job[..place];
            let same = before.iter().rev().find(|call| call.attempt == again.attempt || call.status == 200);
            if let Some(first) = same {
                repeats.push(Repeat { first: *first, again: *again, why: explain(first, again, happened) });
            }
        }
    }
    repeats
}

/// How often each reason.
pub(super) fn count(repeats: &[Repeat]) -> BTreeMap<Why, usize> {
    let mut counts = BTreeMap::new();
    for repeat in repeats {
        *counts.entry(repeat.why).or_default() += 1;
    }
    counts
}

fn explain(first: &Call, again: &Call, happened: &[Happened]) -> Why {
    // From the call until its outcome was written down, or until somebody else had the job.
    let until = again.at.min(first.at.plus(LONGEST_CALL + LONGEST_SETTLEMENT));
    let whys =
        happened.iter().filter(|happened| happened.began <= until && first.at.minus(SLACK) <= happened.over);
    whys.filter_map(|happened| why(first, again, happened)).min().unwrap_or(Why::Unexplained)
}

fn why(first: &Call, again: &Call, happened: &Happened) -> Option<Why> {
    let its = |unit: usize| unit == usize::from(first.worker);
    match happened.fault {
        Fault::Kill(Target::Unit(unit), _) if its(unit) => {
            (happened.began >= first.at.minus(SLACK)).then_some(Why::WorkerKilled)
        }
        // The first to call, before it wrote its outcome down; or the second.
        Fault::Freeze(Target::Unit(unit), _) if its(unit) => Some(Why::WorkerFrozen),
        Fault::Freeze(Target::Unit(unit), _) if unit == usize::from(again.worker) => Some(Why::WorkerWoke),
        Fault::Cut(Link::ToHandler(unit), _)
        | Fault::Slow(Link::ToHandler(unit), ..)
        | Fault::Silent(Link::ToHandler(unit), _)
            if its(unit) =>
        {
            Some(Why::AnswerLost)
        }
        Fault::Cut(Link::ToRedis(unit), _)
        | Fault::Slow(Link::ToRedis(unit), ..)
        | Fault::Silent(Link::ToRedis(unit), _)
            if its(unit) =>
        {
            Some(Why::RedisAway)
        }
        Fault::Kill(Target::Redis, _) | Fault::Freeze(Target::Redis, _) => Some(Why::RedisAway),
        _ => None,
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WorkerKilled => "the worker died between the call and writing down its outcome",
            Self::WorkerFrozen => "the worker stood still past its lease or the handler's timeout",
            Self::WorkerWoke => {
                "the worker stood still just when it had made sure of its lease, and called then"
            }
            Self::AnswerLost => "the handler's answer was lost on its way",
            Self::RedisAway => {
                "Redis was away, or cut off from the worker, when the outcome was to be written down"
            }
            Self::Unexplained => "unexplained",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::clock::Moment;
    use super::*;

    fn call(at: u32, attempt: u16, status: u16, worker: u16) -> Call {
        Call { job: 4, at: Moment(at), attempt, status, worker, webhook_id: 1, event_id: 1 }
    }

    fn killed(unit: usize, at: u32) -> Happened {
        let fault = Fault::Kill(Target::Unit(unit), Duration::from_millis(100));
        Happened { fault, began: Moment(at), over: Moment(at + 100) }
    }

    #[test]
    fn a_retry_is_no_repeat_and_a_second_call_of_one_attempt_is() {
        let retried = [call(1000, 1, 503, 4), call(2000, 2, 200, 5)];
        assert!(find(&retried, &[]).is_empty());
        assert_eq!(find(&[call(1000, 1, 503, 4), call(2000, 1, 503, 5)], &[]).len(), 1);
        assert_eq!(find(&[call(1000, 1, 200, 4), call(2000, 2, 200, 5)], &[]).len(), 1);
    }

    #[test]
    fn a_repeat_is_explained_by_what_befell_the_first_worker_and_nobody_else() {
        let calls = [call(10_000, 1, 200, 4), call(15_000, 1, 200, 5)];
        let why = |happened: &[Happened]| find(&calls, happened)[0].why;
        assert_eq!(why(&[killed(4, 10_001)]), Why::WorkerKilled);
        assert_eq!(why(&[killed(5, 10_001)]), Why::Unexplained);
        assert_eq!(why(&[killed(4, 5_000)]), Why::Unexplained, "long before");
        assert_eq!(why(&[killed(4, 15_001)]), Why::Unexplained, "after");
    }
}
