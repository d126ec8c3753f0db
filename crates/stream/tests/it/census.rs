//! The checker: where everything is, and whether anything is stranded. It asks Redis, never our own code.

use std::collections::{BTreeMap, BTreeSet};

use event::Priority;
use redis::Value;
use stream::{Fields, Group, Keys};

use crate::yard::Yard;

/// What stands where at one moment.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Census {
    /// The streams (`jobs:high`) in which each job, or event that is no job yet, stands, by its name.
    pub(crate) places: BTreeMap<String, Vec<String>>,
    /// What must never be, in words.
    pub(crate) faults: Vec<String>,
}

type Entries = Vec<(String, Fields)>;
type Pending = Vec<(String, String, u64, u64)>;

// === impl Census ===

impl Census {
    /// Looks everywhere in one step.
    pub(crate) async fn take(yard: &Yard) -> Self {
        let mut census = Self::default();
        let streams = streams(yard.keys());
        let mut together = redis::pipe();
        together.atomic();
        for (stream, group) in &streams {
            together.cmd("XRANGE").arg(stream).arg("-").arg("+");
            if let Some(group) = group {
                together.cmd("XPENDING").arg(stream).arg(group.as_str()).arg("-").arg("+").arg(10_000);
                together.cmd("XINFO").arg("GROUPS").arg(stream);
            }
        }
        together.cmd("ZRANGE").arg(yard.keys().retry_due()).arg(0).arg(-1);
        together.cmd("XRANGE").arg(yard.keys().shared()).arg("-").arg("+");
        together.cmd("HGETALL").arg(yard.keys().shared_left());
        let replies: Vec<Value> = together.query_async(&mut yard.store.commands()).await.unwrap();
        let mut replies = replies.into_iter();
        let (mut waiting, mut sharing) = (BTreeSet::new(), BTreeMap::new());
        for (stream, group) in &streams {
            let name = yard.keys().short(stream);
            let entries: Entries = read(replies.next());
            if group.is_some() {
                let pending: Pending = read(replies.next());
                census.look_for_stranded(name, &entries, &pending, &last_delivered(replies.next()));
            }
            if name == "retry" {
                waiting = entries.iter().map(|(id, _)| id.clone()).collect();
            }
            for id in entries.iter().filter_map(|(_, fields)| fields.get("shared")) {
                *sharing.entry(String::from_utf8_lossy(id).into_owned()).or_insert(0) += 1;
            }
            census.note(name, entries);
        }
        let due: BTreeSet<String> = read(replies.next());
        for id in waiting.symmetric_difference(&due) {
            census.faults.push(format!("{id} is in only one of the retry stream and the due set"));
        }
        let shared: Entries = read(replies.next());
        let left: BTreeMap<String, u64> = read(replies.next());
        let shared: BTreeSet<String> = shared.into_iter().map(|(id, _)| id).collect();
        if left != sharing || shared != left.keys().cloned().collect() {
            census
                .faults
                .push(format!("{sharing:?} share events, but {left:?} is counted and {shared:?} is there"));
        }
        census
    }

    /// Everything wrong with a state in which each of `expected` should be in exactly one place.
    pub(crate) fn wrongs<'a>(&self, expected: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let mut wrongs = self.faults.clone();
        let expected: BTreeSet<&str> = expected.into_iter().collect();
        for name in &expected {
            if !self.places.contains_key(*name) {
                wrongs.push(format!("{name} is lost"));
            }
        }
        for (name, places) in &self.places {
            if places.len() > 1 {
                wrongs.push(format!("{name} is in several places: {places:?}"));
            }
            if !expected.contains(&name.as_str()) {
                wrongs.push(format!("{name} should not be anywhere, but is in {places:?}"));
            }
        }
        wrongs
    }

    fn note(&mut self, stream: &str, entries: Entries) {
        for (_, fields) in entries {
            let name = fields.get("job").or_else(|| fields.get("event_id")).unwrap_or_default();
            let name = String::from_utf8_lossy(name).into_owned();
            self.places.entry(name).or_default().push(stream.to_owned());
        }
    }

    /// An entry that was delivered and is not pending would never be seen again.
    fn look_for_stranded(&mut self, stream: &str, entries: &Entries, pending: &Pending, last: &str) {
        let here: BTreeSet<&str> = entries.iter().map(|(id, _)| id.as_str()).collect();
        let taken: BTreeSet<&str> = pending.iter().map(|(id, ..)| id.as_str()).collect();
        for id in &here {
            if place(id) <= place(last) && !taken.contains(id) {
                self.faults
                    .push(format!("{id} of {stream} is stranded: delivered, not pending, still there"));
            }
        }
        for id in taken.difference(&here) {
            self.faults.push(format!("{id} of {stream} is pending but gone"));
        }
    }
}

fn streams(keys: &Keys) -> Vec<(String, Option<Group>)> {
    let mut streams = vec![(keys.events(), Some(Group::Route))];
    streams.extend(Priority::ALL.map(|priority| (keys.jobs(priority), Some(Group::Work))));
    streams.extend([(keys.retry(), None), (keys.dead(), None)]);
    streams
}

fn read<T: redis::FromRedisValue>(reply: Option<Value>) -> T {
    redis::from_redis_value(reply.unwrap()).unwrap()
}

fn last_delivered(groups: Option<Value>) -> String {
    let groups: Vec<BTreeMap<String, Value>> = read(groups);
    read(groups[0].get("last-delivered-id").cloned())
}

/// An entry's id as numbers, in their order.
fn place(id: &str) -> (u64, u64) {
    let (time, number) = id.split_once('-').unwrap();
    (time.parse().unwrap(), number.parse().unwrap())
}
