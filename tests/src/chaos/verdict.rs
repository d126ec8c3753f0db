//! After everything has come to rest: what was promised against what there is.

use std::collections::{BTreeMap, HashMap, HashSet};

use event::Millis;
use stream::{Fsync, Store};

use super::clock::Moment;
use super::fate::{self, Fate, RETRIES};
use super::fault::{Fault, Target};
use super::handler::{Call, fingerprint};
use super::ledger::Promised;
use super::trouble::Happened;
use crate::eventually;

/// Redis may keep back what it writes while a sync is under way: killed then, it forgets so much.
const EVERYSEC_MAY_FORGET: std::time::Duration = std::time::Duration::from_secs(3);

/// What became of the jobs.
#[derive(Debug, Default)]
pub struct Outcome {
    pub delivered: usize,
    pub dead: usize,
    /// Promised, and neither delivered nor dead.
    pub lost: Vec<String>,
    /// The same, but accepted just before a kill of a Redis that syncs only each second.
    pub lost_by_everysec: usize,
    /// What must never be, in words.
    pub wrongs: Vec<String>,
    /// Acknowledged to delivered, in ms, sorted.
    pub waits: Vec<u32>,
}

/// Dead letters by event and route.
pub(super) type Dead = HashMap<(String, String), usize>;

/// Settles every promise. `calls` are sorted by job and time.
pub(super) fn judge(
    promised: &Promised,
    calls: &[Call],
    dead: &Dead,
    happened: &[Happened],
    fsync: Fsync,
) -> Outcome {
    let mut outcome = Outcome { wrongs: promised.wrongs.clone(), ..Outcome::default() };
    let by_job: HashMap<u32, &[Call]> =
        calls.chunk_by(|one, other| one.job == other.job).map(|calls| (calls[0].job, calls)).collect();
    let mut letters = HashSet::new();
    for ((event_id, route), count) in dead {
        let job = promised.by_id.get(event_id).and_then(|n| fate::job(*n, route));
        match job {
            Some(job) => drop(letters.insert(job)),
            None => outcome.wrongs.push(format!("a dead letter of nobody: {event_id} {route}")),
        }
        if *count > 1 {
            outcome.wrongs.push(format!("{count} dead letters of {event_id} {route}"));
        }
    }
    for (n, promise) in &promised.by_number {
        for job in fate::jobs(*n) {
            let calls = by_job.get(&job).copied().unwrap_or_default();
            outcome.wrongs.extend(wrong_calls(*n, &promise.event_id, calls));
            let taken = calls.iter().find(|call| call.status == 200);
            let is_dead = letters.contains(&job);
            outcome.dead += usize::from(is_dead);
            match taken {
                Some(call) => {
                    outcome.delivered += 1;
                    outcome.waits.push(call.at.0.saturating_sub(promise.at.0));
                }
                None if is_dead => {}
                None if fsync == Fsync::EverySecond && forgotten(promise.at, happened) => {
                    outcome.lost_by_everysec += 1;
                }
                None => outcome
                    .lost
                    .push(format!("event {n} ({}), accepted at {} ms", promise.event_id, promise.at.0)),
            }
            if Fate::of(*n).dies() && taken.is_some() {
                outcome.wrongs.push(format!("event {n} was taken by a handler that never takes it"));
            }
        }
    }
    outcome.waits.sort_unstable();
    outcome
}

/// Every call of a job carries the same ids, and no attempt too many.
fn wrong_calls(n: u32, event_id: &str, calls: &[Call]) -> Vec<String> {
    let event_id = fingerprint(event_id);
    let mut wrongs = Vec::new();
    for call in calls {
        if call.webhook_id != calls[0].webhook_id {
            wrongs.push(format!("event {n} was delivered under two webhook-ids"));
        }
        if call.event_id != event_id {
            wrongs.push(format!("event {n} was delivered under another id than its sender was told"));
        }
        if u32::from(call.attempt) > RETRIES + 1 {
            wrongs.push(format!("event {n} had attempt {}", call.attempt));
        }
    }
    wrongs
}

fn forgotten(at: Moment, happened: &[Happened]) -> bool {
    happened.iter().any(|happened| {
        matches!(happened.fault, Fault::Kill(Target::Redis, _))
            && happened.began >= at
            && happened.began.since(at) < EVERYSEC_MAY_FORGET
    })
}

/// All dead letters.
pub(super) async fn dead(store: &Store) -> Dead {
    let (mut dead, mut cursor) = (Dead::new(), "-".to_owned());
    loop {
        let page = eventually("Redis answers", async || store.dead_letters(&cursor, 1000).await.ok()).await;
        for letter in &page.letters {
            *dead
                .entry((letter.text("event_id").to_owned(), letter.text("route").to_owned()))
                .or_default() += 1;
        }
        match page.next {
            Some(next) => cursor = next,
            None => return dead,
        }
    }
}

/// What still stands in a stream, or is still in somebody's hands; empty at rest. Nothing while Redis is away.
pub(super) async fn on_its_way(store: &Store) -> Option<Vec<String>> {
    let depths = store.depths(Millis::now()).await.ok()?;
    let busy = depths.into_iter().filter(|depth| depth.depth + depth.pending > 0 && depth.stream != "dead");
    Some(busy.map(|depth| format!("{} {} ({} in hand)", depth.stream, depth.depth, depth.pending)).collect())
}

/// The sums of the metrics page that have this name, over all labels but those given.
pub(super) fn counted(page: &str, name: &str, label: &str) -> f64 {
    let lines = page.lines().filter(|line| line.starts_with(name) && line.contains(label));
    lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
}

/// The figures of the metrics page beside what is known otherwise: (what, counted, known).
pub(super) fn metrics(page: &str, known: &BTreeMap<&'static str, usize>) -> Vec<(&'static str, u64, u64)> {
    let mut beside = Vec::new();
    for (what, name, label) in [
        ("accepted", "webhook_requests_total{", "status=\"accepted\""),
        ("routed", "webhook_events_routed_total{", ""),
        ("delivered", "webhook_deliveries_total{", "outcome=\"delivered\""),
        ("dead", "webhook_dead_letters_total{", ""),
    ] {
        let counted = counted(page, name, label);
        beside.push((what, counted as u64, known[what] as u64));
    }
    beside
}
