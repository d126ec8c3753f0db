//! Every name in Redis, in one place. The README of this crate has the table.

use std::sync::Arc;

use event::{EventId, Priority};

/// Names of keys of one partition. Its number in braces keeps all keys of an event in one slot of a cluster.
#[derive(Debug, Clone)]
pub struct Keys {
    base: Arc<str>,
}

/// A consumer group, and with it who reads a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Routers, on the events.
    Route,
    /// Workers, on the jobs.
    Work,
    /// Archivers, on the archive's copies.
    Archive,
    /// The metrics service, on shipped increments.
    Count,
}

// === impl Group ===

impl Group {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::Work => "work",
            Self::Archive => "archive",
            Self::Count => "count",
        }
    }
}

// === impl Keys ===

impl Keys {
    pub fn new(prefix: &str, partition: u16) -> Self {
        Self { base: format!("{prefix}:{{{partition}}}").into() }
    }

    /// What all of its keys begin with; every key of one slot.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Is this a key of this partition?
    pub fn has(&self, key: &str) -> bool {
        key.strip_prefix(&*self.base).is_some_and(|rest| rest.starts_with(':'))
    }

    /// How many partitions events were ever spread over; in the first partition only.
    pub(crate) fn partitions(&self) -> String {
        self.named("partitions")
    }

    pub fn events(&self) -> String {
        self.named("events")
    }

    pub fn jobs(&self, priority: Priority) -> String {
        format!("{}:jobs:{priority}", self.base)
    }

    pub fn all_jobs(&self) -> [String; 4] {
        Priority::ALL.map(|priority| self.jobs(priority))
    }

    pub fn retry(&self) -> String {
        self.named("retry")
    }

    pub fn retry_due(&self) -> String {
        self.named("retry:due")
    }

    pub fn dead(&self) -> String {
        self.named("dead")
    }

    /// The lease of the worker that looks after the dead letters.
    pub(crate) fn dead_lead(&self) -> String {
        self.named("dead:lead")
    }

    /// Refused requests, for a while.
    pub fn refused(&self) -> String {
        self.named("refused")
    }

    /// How much of them each client holds.
    pub fn refused_sizes(&self) -> String {
        self.named("refused:sizes")
    }

    /// Requests of a client kept within this minute.
    pub fn refused_from(&self, client: &str) -> String {
        format!("{}:refused:from:{client}", self.base)
    }

    /// Events that became several jobs, each once.
    pub fn shared(&self) -> String {
        self.named("shared")
    }

    /// How many jobs still need each of them.
    pub fn shared_left(&self) -> String {
        self.named("shared:left")
    }

    /// What happened to events lately, a line each.
    pub fn life(&self) -> String {
        self.named("life")
    }

    /// Written before replicas are waited for.
    pub fn barrier(&self) -> String {
        self.named("barrier")
    }

    pub fn archive(&self) -> String {
        self.named("archive")
    }

    /// Marks of accepted events; `:generation:bucket` follows.
    pub fn marks(&self) -> String {
        self.named("marks")
    }

    pub fn increments(&self) -> String {
        self.named("increments")
    }

    /// The number of a process' last shipment of increments.
    pub(crate) fn shipped(&self, process: &str) -> String {
        format!("{}:shipped:{process}", self.base)
    }

    pub fn totals(&self) -> String {
        self.named("totals")
    }

    /// The alerts' states, by name.
    pub fn alerts(&self) -> String {
        self.named("alerts")
    }

    /// The lease of the metrics service that sends the alerts.
    pub fn alerts_lead(&self) -> String {
        self.named("alerts:lead")
    }

    /// Outcomes of an event that somebody waits for.
    pub fn results(&self, event: &EventId) -> String {
        format!("{}:{event}", self.all_results())
    }

    /// What the names of all outcomes begin with; `:event` follows.
    pub(crate) fn all_results(&self) -> String {
        self.named("results")
    }

    /// Requests counted against an endpoint's limit; a client follows, or `*` for the endpoint as a whole.
    pub fn limit(&self, endpoint: &str, client: &str) -> String {
        format!("{}:limit:{endpoint}:{client}", self.base)
    }

    pub fn limited_clients(&self, endpoint: &str) -> String {
        format!("{}:limited:{endpoint}", self.base)
    }

    pub fn blocked(&self) -> String {
        self.named("blocked")
    }

    pub fn block_reasons(&self) -> String {
        self.named("blocked:why")
    }

    pub fn suspicion(&self, client: &str) -> String {
        format!("{}:suspicion:{client}", self.base)
    }

    /// Streams with their groups: what must exist before anybody reads.
    pub fn groups(&self) -> Vec<(String, Group)> {
        let mut groups = vec![
            (self.events(), Group::Route),
            (self.archive(), Group::Archive),
            (self.increments(), Group::Count),
        ];
        groups.extend(self.all_jobs().map(|stream| (stream, Group::Work)));
        groups
    }

    /// A key's name without the prefix: `jobs:high`.
    pub fn short<'k>(&self, key: &'k str) -> &'k str {
        key.strip_prefix(&*self.base).map_or(key, |rest| rest.trim_start_matches(':'))
    }

    fn named(&self, name: &str) -> String {
        format!("{}:{name}", self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_contract() {
        let keys = Keys::new("hs", 0);
        assert_eq!(keys.events(), "hs:{0}:events");
        assert_eq!(keys.jobs(Priority::Critical), "hs:{0}:jobs:critical");
        assert_eq!(keys.retry_due(), "hs:{0}:retry:due");
        assert_eq!(keys.short("hs:{0}:jobs:low"), "jobs:low");
    }

    #[test]
    fn a_partition_has_its_own_keys_only() {
        let keys = Keys::new("hs", 1);
        assert_eq!(keys.events(), "hs:{1}:events");
        assert!(keys.has("hs:{1}:jobs:low"));
        assert!(!keys.has("hs:{10}:jobs:low") && !keys.has("hs:{0}:jobs:low"));
    }
}
