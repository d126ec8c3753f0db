//! The figures of a run.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::clock::Moment;
use super::fault::{Fault, Target};
use super::repeats::Why;
use super::trouble::Happened;
use super::verdict::Outcome;

/// Everything that a run has shown.
#[derive(Debug)]
pub struct Report {
    pub seed: u64,
    pub fsync: &'static str,
    pub events: u32,
    pub jobs: u32,
    pub took: Duration,
    /// Tries that senders had to repeat: refused with 503, without an answer; and repeats after a 200.
    pub refused: u32,
    pub unanswered: u32,
    pub repeated: u32,
    pub faults: Faults,
    /// How often Redis' file ended within a transaction, which was taken off before its start.
    pub torn: usize,
    pub outcome: Outcome,
    pub calls: usize,
    pub duplicates: BTreeMap<Why, usize>,
    /// The first few that nothing explains.
    pub unexplained: Vec<String>,
    /// Looks at all streams in one step while it ran, and entries seen by them.
    pub looks: (u64, u64),
    pub longest_recovery: (Duration, String),
    pub metrics: Vec<(&'static str, u64, u64)>,
    /// Processes that ended though nobody killed them.
    pub fell: usize,
}

/// How many of each kind.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Faults {
    pub killed_services: usize,
    pub killed_redis: usize,
    pub frozen_services: usize,
    /// Of these, longer than a lease.
    pub frozen_past_lease: usize,
    pub frozen_redis: usize,
    pub cut: usize,
    pub slowed: usize,
    pub silent: usize,
    pub forgot: usize,
}

// === impl Faults ===

impl Faults {
    pub(super) fn count(happened: &[Happened]) -> Self {
        let mut faults = Self::default();
        for Happened { fault, .. } in happened {
            match fault {
                Fault::Kill(Target::Redis, _) => faults.killed_redis += 1,
                Fault::Kill(Target::Unit(_), _) => faults.killed_services += 1,
                Fault::Freeze(Target::Redis, _) => faults.frozen_redis += 1,
                Fault::Freeze(Target::Unit(_), time) => {
                    faults.frozen_services += 1;
                    faults.frozen_past_lease += usize::from(time.as_millis() > super::LEASE.into());
                }
                Fault::Cut(..) => faults.cut += 1,
                Fault::Slow(..) => faults.slowed += 1,
                Fault::Silent(..) => faults.silent += 1,
                Fault::Forget => faults.forgot += 1,
            }
        }
        faults
    }

    pub fn all(&self) -> usize {
        self.killed_services
            + self.killed_redis
            + self.frozen_services
            + self.frozen_redis
            + self.cut
            + self.slowed
            + self.silent
            + self.forgot
    }
}

/// The longest time from the end of a fault until an event was accepted and one delivered again, and after which fault.
/// Both lists are sorted. A fault that was over while Redis was away is not judged: nothing could go on; nor one that was
/// over when senders had nothing left.
pub(super) fn longest_recovery(
    happened: &[Happened],
    accepted: &[Moment],
    delivered: &[Moment],
) -> (Duration, String) {
    let next = |moments: &[Moment], after: Moment| {
        moments.get(moments.partition_point(|moment| *moment < after)).copied()
    };
    let redis_was_away = |at: Moment| {
        happened.iter().any(|other| other.fault.is_of_redis() && other.began <= at && at < other.over)
    };
    let alone = happened.iter().filter(|happened| !redis_was_away(happened.over));
    let recoveries = alone.filter_map(|happened| {
        let back = next(accepted, happened.over)?.max(next(delivered, happened.over)?);
        Some((back.since(happened.over), happened.fault.to_string()))
    });
    recoveries.max_by_key(|(time, _)| *time).unwrap_or_default()
}

// === impl Report ===

impl Report {
    pub fn duplicated(&self) -> usize {
        self.duplicates.values().sum()
    }

    /// Everything that must not be. Empty: the guarantee held.
    pub fn wrongs(&self) -> Vec<String> {
        let mut wrongs = self.outcome.wrongs.clone();
        wrongs.extend(self.outcome.lost.iter().map(|lost| format!("lost: {lost}")));
        wrongs.extend(
            self.unexplained.iter().map(|repeat| format!("a duplicate that nothing explains: {repeat}")),
        );
        if self.fell > 0 {
            wrongs.push(format!("{} processes ended by themselves", self.fell));
        }
        if self.looks.1 == 0 && self.looks.0 > 10 {
            wrongs.push("the streams were looked at while it ran, and nothing was ever seen".to_owned());
        }
        for (what, counted, most) in &self.metrics {
            if counted > most {
                wrongs.push(format!("{counted} were counted as {what}, and there were {most}"));
            }
        }
        wrongs
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = [self.load(), self.faults.rows(), self.file(), self.outcome(), self.speed()].concat();
        for (what, value) in rows {
            writeln!(f, "| {what} | {value} |")?;
        }
        for wrong in self.wrongs().iter().take(30) {
            writeln!(f, "WRONG: {wrong}")?;
        }
        Ok(())
    }
}

/// What, and how much.
type Rows = Vec<(String, String)>;

fn row(what: &str, value: impl fmt::Display) -> (String, String) {
    (what.to_owned(), value.to_string())
}

impl Faults {
    fn rows(&self) -> Rows {
        let Self { frozen_services, frozen_past_lease, frozen_redis, .. } = self;
        vec![
            row("faults", self.all()),
            row("SIGKILL", format!("{} of services, {} of Redis", self.killed_services, self.killed_redis)),
            row(
                "SIGSTOP",
                format!(
                    "{frozen_services} of services ({frozen_past_lease} for longer than the lease), \
                     {frozen_redis} of Redis"
                ),
            ),
            row(
                "connections",
                format!("{} cut, {} delayed, {} half-open", self.cut, self.slowed, self.silent),
            ),
            row("scripts and functions flushed", self.forgot),
        ]
    }
}

impl Report {
    fn load(&self) -> Rows {
        let seconds = self.took.as_secs_f64();
        vec![
            row("appendfsync", self.fsync),
            row("seed", self.seed),
            row("events accepted (answered 200)", format!("{} in {seconds:.0} s", self.events)),
            row("jobs (an event for each route it matched)", self.jobs),
            row(
                "tries that senders had to repeat",
                format!("{} answered 503, {} without an answer", self.refused, self.unanswered),
            ),
            row("events sent again after their 200", self.repeated),
        ]
    }

    fn file(&self) -> Rows {
        vec![row("append-only files that ended within a transaction, which was taken off", self.torn)]
    }

    fn outcome(&self) -> Rows {
        let outcome = &self.outcome;
        let mut rows = vec![row("**lost**", format!("**{}**", outcome.lost.len()))];
        if self.fsync == "everysec" {
            rows.push(row("lost by Redis, accepted within 3 s before its SIGKILL", outcome.lost_by_everysec));
        }
        rows.push(row("delivered, dead letters", format!("{}, {}", outcome.delivered, outcome.dead)));
        let share = self.duplicated() as f64 * 100.0 / self.calls.max(1) as f64;
        rows.push(row(
            "calls of the handler, duplicates among them",
            format!("{}, {} ({share:.2} %)", self.calls, self.duplicated()),
        ));
        rows.extend(self.duplicates.iter().map(|(why, count)| row(&format!("– {why}"), count)));
        rows
    }

    fn speed(&self) -> Rows {
        let (time, after) = &self.longest_recovery;
        let (looks, entries) = self.looks;
        let mut rows = vec![
            row(
                "longest recovery: from a fault's end until events were accepted and delivered again",
                format!("{time:?} ({after})"),
            ),
            row(
                "from accepted to delivered",
                format!(
                    "median {} ms, 99 % {} ms, longest {} ms",
                    self.wait(0.5),
                    self.wait(0.99),
                    self.wait(1.0)
                ),
            ),
            row("looks at all streams at once, entries seen", format!("{looks}, {entries}")),
        ];
        let metrics = self.metrics.iter();
        rows.extend(
            metrics.map(|(what, counted, known)| {
                row(&format!("metrics: {what}"), format!("{counted} of {known}"))
            }),
        );
        rows
    }

    /// So many ms at most passed for this share of the jobs.
    fn wait(&self, share: f64) -> u32 {
        let waits = &self.outcome.waits;
        let place = (waits.len() as f64 * share) as usize;
        waits.get(place.min(waits.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}
