//! How much stands in each stream, and for how long.

use std::time::Duration;

use event::Millis;
use futures_util::future::try_join_all;
use redis::Value;

use crate::{Group, Store, StoreError};

/// One stream at one moment, in all partitions together.
#[derive(Debug, Clone, PartialEq)]
pub struct Depth {
    /// Name without the prefix: `jobs:high`.
    pub stream: String,
    /// Entries in the stream, those being worked on included.
    pub depth: u64,
    /// Entries taken and not yet settled.
    pub pending: u64,
    /// Age of the oldest entry.
    pub oldest: Duration,
}

impl Store {
    /// The streams an event can be in, at `now`; each is the sum of its partitions.
    pub async fn depths(&self, now: Millis) -> Result<Vec<Depth>, StoreError> {
        let partitions = self.partitions();
        let each = try_join_all(partitions.iter().map(|store| store.own_depths(now))).await?;
        Ok(each.into_iter().reduce(sum).unwrap_or_default())
    }

    async fn own_depths(&self, now: Millis) -> Result<Vec<Depth>, StoreError> {
        let mut streams = vec![(self.keys.events(), Some(Group::Route))];
        streams.extend(self.keys.all_jobs().map(|stream| (stream, Some(Group::Work))));
        streams.push((self.keys.retry(), None));
        streams.push((self.keys.dead(), None));
        streams.push((self.keys.archive(), Some(Group::Archive)));
        let mut depths = Vec::with_capacity(streams.len());
        for (stream, group) in streams {
            depths.push(self.depth(&stream, group, now).await?);
        }
        Ok(depths)
    }

    /// How many addresses are blocked at `now`.
    pub async fn blocked_now(&self, now: Millis) -> Result<u64, StoreError> {
        let count = redis::cmd("ZCOUNT").arg(self.keys.blocked()).arg(now.0).arg("+inf").to_owned();
        Ok(count.query_async(&mut self.commands()).await?)
    }

    pub(crate) async fn depth(
        &self,
        stream: &str,
        group: Option<Group>,
        now: Millis,
    ) -> Result<Depth, StoreError> {
        let mut together = redis::pipe();
        together.cmd("XLEN").arg(stream);
        together.cmd("XRANGE").arg(stream).arg("-").arg("+").arg("COUNT").arg(1);
        let (depth, first): (u64, Vec<(String, Value)>) = together.query_async(&mut self.commands()).await?;
        let pending = match group {
            Some(group) if depth > 0 => self.pending(stream, group).await?,
            _ => 0,
        };
        let added = first.first().and_then(|(id, _)| id.split('-').next()?.parse().ok()).map(Millis);
        Ok(Depth {
            stream: self.keys.short(stream).to_owned(),
            depth,
            pending,
            oldest: added.map_or(Duration::ZERO, |added| now.since(added)),
        })
    }

    async fn pending(&self, stream: &str, group: Group) -> Result<u64, StoreError> {
        let summary: Result<(u64, Value, Value, Value), _> =
            redis::cmd("XPENDING").arg(stream).arg(group.as_str()).query_async(&mut self.commands()).await;
        match summary {
            Ok((pending, ..)) => Ok(pending),
            Err(error) if error.code() == Some("NOGROUP") => Ok(0),
            Err(error) => Err(error.into()),
        }
    }
}

/// The same streams of two partitions.
fn sum(mut all: Vec<Depth>, more: Vec<Depth>) -> Vec<Depth> {
    for (one, other) in all.iter_mut().zip(more) {
        one.depth += other.depth;
        one.pending += other.pending;
        one.oldest = one.oldest.max(other.oldest);
    }
    all
}
