//! What Redis says of itself, and how much waits in it: asked once a second by each service, never by each request.

use std::collections::HashMap;

use futures_util::future::try_join_all;

use crate::{Store, StoreError};

/// Redis at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vitals {
    /// Another one after each start of the server. Empty if Redis does not say.
    pub run_id: String,
    pub version: String,
    /// It follows another Redis and takes no writes.
    pub is_replica: bool,
    /// Replicas connected to it.
    pub replicas: u32,
    /// Whether it keeps an append-only file, where it says.
    pub append_only: Option<bool>,
    /// Bytes in use.
    pub used_memory: u64,
    /// Bytes that it may use; 0: no limit.
    pub max_memory: u64,
    /// What it does at its limit. Empty if Redis does not say.
    pub policy: String,
    /// Events and jobs on their way: in `events`, `jobs:*` and `retry`.
    pub backlog: u64,
}

// === impl Vitals ===

impl Vitals {
    /// How much of its memory is in use, from 0 to 1; none where it has no limit.
    pub fn memory_share(&self) -> Option<f64> {
        (self.max_memory > 0).then(|| self.used_memory as f64 / self.max_memory as f64)
    }

    /// May it throw away what it holds?
    pub fn evicts(&self) -> bool {
        !self.policy.is_empty() && self.policy != "noeviction"
    }

    /// `INFO`'s lines, `name:value`.
    fn of_info(info: &str) -> Self {
        let values: HashMap<&str, &str> =
            info.lines().filter_map(|line| line.trim_end().split_once(':')).collect();
        let text = |name: &str| values.get(name).copied().unwrap_or_default().to_owned();
        let number = |name: &str| values.get(name).and_then(|text| text.parse().ok()).unwrap_or(0);
        Self {
            run_id: text("run_id"),
            version: text("redis_version"),
            is_replica: matches!(values.get("role").copied(), Some("slave" | "replica")),
            replicas: u32::try_from(number("connected_slaves")).unwrap_or(u32::MAX),
            append_only: values.get("aof_enabled").map(|flag| *flag == "1"),
            used_memory: number("used_memory"),
            max_memory: number("maxmemory"),
            policy: text("maxmemory_policy"),
            backlog: 0,
        }
    }
}

impl Store {
    /// Does Redis take commands, what does it say of itself, and how much waits? Of several servers, the worst that
    /// any says. Where `INFO` is forbidden, what it would have said is missing.
    ///
    /// # Errors
    /// Redis is away, or answers that it can't serve.
    pub async fn vitals(&self) -> Result<Vitals, StoreError> {
        match try_join_all(self.partitions().iter().map(Self::own_vitals)).await {
            Ok(each) => Ok(each.into_iter().reduce(worst).unwrap_or_default()),
            Err(error) => Err(self.explained(error).await),
        }
    }

    async fn own_vitals(&self) -> Result<Vitals, StoreError> {
        // A server that can't write to its disk says so to a `PING`.
        self.ping().await?;
        let mut together = redis::pipe();
        let streams = [self.keys.events(), self.keys.retry()];
        for stream in streams.into_iter().chain(self.keys.all_jobs()) {
            together.cmd("XLEN").arg(stream);
        }
        let lengths: Vec<u64> = together.query_async(&mut self.commands()).await?;
        let info: Result<String, _> = redis::cmd("INFO").query_async(&mut self.commands()).await;
        let vitals = match info.map_err(StoreError::from) {
            Ok(info) => Vitals::of_info(&info),
            Err(StoreError::Denied(_) | StoreError::Refused(_)) => Vitals::default(),
            Err(error) => return Err(error),
        };
        Ok(Vitals { backlog: lengths.into_iter().sum(), ..vitals })
    }
}

/// What two servers say, or one of two partitions.
fn worst(one: Vitals, other: Vitals) -> Vitals {
    let backlog = one.backlog + other.backlog;
    let is_replica = one.is_replica || other.is_replica;
    let replicas = one.replicas.min(other.replicas);
    let fuller = other.memory_share() > one.memory_share();
    let policy = if other.evicts() { other.policy.clone() } else { one.policy.clone() };
    let run_id = if one.run_id == other.run_id {
        one.run_id.clone()
    } else {
        format!("{}+{}", one.run_id, other.run_id)
    };
    let append_only = match (one.append_only, other.append_only) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (one, other) => one.and(other),
    };
    Vitals { backlog, is_replica, replicas, policy, run_id, append_only, ..if fuller { other } else { one } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_info_says() {
        let info = "# Server\r\nredis_version:7.0.15\r\nrun_id:abc\r\n# Memory\r\nused_memory:512\r\nmaxmemory:1024\r\n\
                    maxmemory_policy:allkeys-lru\r\n# Persistence\r\naof_enabled:1\r\n# Replication\r\nrole:slave\r\n\
                    connected_slaves:2\r\n";
        let vitals = Vitals::of_info(info);
        assert_eq!((vitals.run_id.as_str(), vitals.is_replica, vitals.replicas), ("abc", true, 2));
        assert_eq!((vitals.append_only, vitals.evicts()), (Some(true), true));
        assert_eq!(vitals.memory_share(), Some(0.5));
    }

    #[test]
    fn what_info_does_not_say_is_not_made_up() {
        let vitals = Vitals::of_info("redis_version:7.0.15\r\n");
        assert_eq!((vitals.append_only, vitals.evicts(), vitals.memory_share()), (None, false, None));
        assert!(!vitals.is_replica);
    }
}
