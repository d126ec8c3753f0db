//! Outcome → ruling: done, again later, or dead. Pure: policy and chance are handed in.

use std::fmt;
use std::time::Duration;

use event::{Job, Reason};

use crate::attempt::Outcome;

/// What is to become of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ruling {
    Done { status: Option<u16> },
    Again { after: Duration, error: Why },
    Dead { reason: Reason, error: Why, status: Option<u16> },
}

/// What went wrong. Shown whole it goes to the dead letter; the log gets `brief` only, since `excerpt` is the handler's
/// own text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Why {
    pub(crate) brief: String,
    pub(crate) excerpt: String,
}

/// How long to wait between attempts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Policy {
    pub(crate) base: Duration,
    pub(crate) cap: Duration,
    /// The random share of each wait, 0 to 1.
    pub(crate) jitter: f64,
}

/// Statuses below 500 that may pass.
const PASSING: [u16; 3] = [408, 425, 429];

const GONE: u16 = 410;

/// Rules on an outcome; `random` lies in 0..1.
pub(crate) fn judge(outcome: &Outcome, job: &Job, policy: &Policy, random: f64) -> Ruling {
    let again = |error: Why, status, wait| {
        if job.attempts >= job.plan.retry_count {
            Ruling::Dead { reason: Reason::Exhausted, error, status }
        } else {
            Ruling::Again { after: wait, error }
        }
    };
    let backoff = policy.backoff(job.attempt(), random);
    match outcome {
        Outcome::Taken { status } => Ruling::Done { status: *status },
        Outcome::Answered { status, retry_after, excerpt } => {
            let error = Why::answered(*status, excerpt);
            match final_reason(*status, &job.plan.retry_on) {
                Some(reason) => Ruling::Dead { reason, error, status: Some(*status) },
                None => again(error, Some(*status), retry_after.map_or(backoff, |wait| wait.min(policy.cap))),
            }
        }
        Outcome::Failed { why } => again(Why::from(why.clone()), None, backoff),
        Outcome::Refused { why } => {
            Ruling::Dead { reason: Reason::Refused, error: Why::from(why.clone()), status: None }
        }
        Outcome::Unknown => {
            let error = Why::from(format!("there is no handler `{}` in this worker", job.plan.handler));
            Ruling::Dead { reason: Reason::UnknownHandler, error, status: None }
        }
    }
}

/// Why this status ends the job at once; a route's `retry_on` outranks it.
fn final_reason(status: u16, retry_on: &[u16]) -> Option<Reason> {
    match status {
        _ if retry_on.contains(&status) || PASSING.contains(&status) => None,
        GONE => Some(Reason::Gone),
        400..500 => Some(Reason::Refused),
        _ => None,
    }
}

// === impl Policy ===

impl Policy {
    /// The wait before the n-th retry, from 1: `base`·2^n, and up to `jitter` of it more, at most `cap`. Jitter is added
    /// and never taken away, and kept at the cap too: jobs that failed together do not come back together.
    fn backoff(&self, n: u32, random: f64) -> Duration {
        let spread = 1.0 + self.jitter.clamp(0.0, 1.0);
        let wait = self.base.as_secs_f64() * 2_f64.powi(i32::try_from(n).unwrap_or(i32::MAX));
        let wait = wait.min(self.cap.as_secs_f64() / spread);
        let wait = wait * (1.0 + (spread - 1.0) * random.clamp(0.0, 1.0));
        Duration::try_from_secs_f64(wait).map_or(self.cap, |wait| wait.min(self.cap))
    }
}

impl From<&settings::Worker> for Policy {
    fn from(worker: &settings::Worker) -> Self {
        Self { base: worker.backoff_base, cap: worker.backoff_cap, jitter: worker.jitter }
    }
}

// === impl Why ===

impl Why {
    fn answered(status: u16, excerpt: &str) -> Self {
        let note = if (300..400).contains(&status) { "; redirects are not followed" } else { "" };
        Self { brief: format!("the handler answered {status}{note}"), excerpt: excerpt.to_owned() }
    }
}

impl From<String> for Why {
    fn from(brief: String) -> Self {
        Self { brief, excerpt: String::new() }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.brief)?;
        if self.excerpt.is_empty() { Ok(()) } else { write!(f, ": {}", self.excerpt) }
    }
}

#[cfg(test)]
mod tests;
