//! Who reads the streams: routers, workers and archivers, as Redis knows them.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use futures_util::future::try_join_all;
use redis::{FromRedisValue, Value};

use crate::{Group, Store, StoreError};

/// A process' place in a consumer group, over all the streams that the group reads. With several partitions a process has
/// one in each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    /// It begins with the service, and the process' number there.
    pub name: String,
    /// Entries that it took and has not settled.
    pub pending: u64,
    /// Since it last took an entry or asked for one: Redis before 7.2 does not count questions that brought nothing.
    pub idle: Duration,
}

impl Store {
    /// Every consumer, by name. One that died stays for a while, as long as it owns entries.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn consumers(&self) -> Result<Vec<Consumer>, StoreError> {
        let partitions = self.partitions();
        let each = try_join_all(partitions.iter().map(Self::own_consumers)).await?;
        let mut found: BTreeMap<String, Consumer> = BTreeMap::new();
        for consumer in each.into_iter().flatten() {
            let known = found
                .entry(consumer.name.clone())
                .or_insert_with(|| Consumer { pending: 0, ..consumer.clone() });
            known.pending += consumer.pending;
            known.idle = known.idle.min(consumer.idle);
        }
        Ok(found.into_values().collect())
    }

    async fn own_consumers(&self) -> Result<Vec<Consumer>, StoreError> {
        let mut read = vec![(self.keys.events(), Group::Route), (self.keys.archive(), Group::Archive)];
        read.extend(self.keys.all_jobs().map(|stream| (stream, Group::Work)));
        let mut all = Vec::new();
        for (stream, group) in read {
            let mut ask = redis::cmd("XINFO");
            ask.arg("CONSUMERS").arg(&stream).arg(group.as_str());
            let told: Result<Vec<HashMap<String, Value>>, _> = ask.query_async(&mut self.commands()).await;
            match told {
                Ok(told) => all.extend(told.iter().filter_map(consumer)),
                // Nobody has read it yet.
                Err(error) if error.code() == Some("NOGROUP") || is_no_key(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(all)
    }
}

fn is_no_key(error: &redis::RedisError) -> bool {
    error.detail().is_some_and(|detail| detail.contains("no such key"))
}

fn consumer(told: &HashMap<String, Value>) -> Option<Consumer> {
    let number = |name: &str| u64::from_redis_value_ref(told.get(name)?).ok();
    Some(Consumer {
        name: String::from_redis_value_ref(told.get("name")?).ok()?,
        pending: number("pending")?,
        idle: Duration::from_millis(number("idle")?),
    })
}
