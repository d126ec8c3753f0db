//! `jobs:*` → worker: the most urgent first.

use event::{Job, Priority};
use redis::FromRedisValue;

use crate::entry::Fields;
use crate::moves::MOVES;
use crate::{Delivery, Function, Reader, StoreError};

pub(crate) static CLAIM: Function = Function::draining("claim", include_str!("lua/claim.lua"));

impl Reader {
    /// Takes up to `count` jobs without waiting, emptying the streams in the order given.
    ///
    /// # Errors
    /// A missing group is made again; the next call finds it.
    pub async fn claim(&self, order: [Priority; 4], count: usize) -> Result<Vec<Delivery<Job>>, StoreError> {
        let streams = order.map(|priority| self.store.keys.jobs(priority));
        let mut call = MOVES.call(&CLAIM);
        for stream in &streams {
            call.key(stream);
        }
        call.arg(self.group.as_str()).arg(&self.consumer).arg(count);
        let taken: Vec<(usize, String, Fields)> = self.run(&call).await?;
        let jobs = taken.into_iter();
        Ok(jobs
            .map(|(place, id, fields)| Delivery::new(self.receipt(streams[place].clone(), id), &fields, 1))
            .collect())
    }

    /// Runs a script of this group; where the group is missing, makes it again and reports the error.
    pub(crate) async fn run<T: FromRedisValue>(&self, call: &Call) -> Result<T, StoreError> {
        match self.store.run(call).await {
            Err(StoreError::NoGroup(error)) => {
                self.store.ensure_groups().await?;
                Err(StoreError::NoGroup(error))
            }
            other => other,
        }
    }
}
