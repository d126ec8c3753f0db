//! `jobs:*` → worker: the most urgent first.

use event::{Job, Priority};
use redis::FromRedisValue;

use crate::read::StreamsReply;
use crate::{Call, Delivery, Reader, Since, StoreError};

impl Reader {
    /// Takes up to `count` jobs without waiting, emptying the streams in the order given. (One read of all streams would
    /// bring `count` from each.)
    ///
    /// # Errors
    /// A missing group is made again; the next call finds it. What was taken before an error comes back when its lease
    /// runs out.
    pub async fn claim(&self, order: [Priority; 4], count: usize) -> Result<Vec<Delivery<Job>>, StoreError> {
        let mut jobs = Vec::new();
        for stream in order.map(|priority| self.store().keys().jobs(priority)) {
            if jobs.len() >= count {
                break;
            }
            let mut command = redis::cmd("XREADGROUP");
            command.arg("GROUP").arg(self.seat.group.as_str()).arg(self.consumer());
            command.arg("COUNT").arg(count - jobs.len()).arg("STREAMS").arg(stream).arg(">");
            let taken = Since::now();
            let reply = command.query_async::<StreamsReply>(&mut self.store().commands()).await;
            let reply = self.or_make_groups(reply.map_err(StoreError::from)).await?;
            jobs.extend(self.deliveries(reply, taken).await?);
        }
        Ok(jobs)
    }

    /// Calls a function for this group.
    pub(crate) async fn run<T: FromRedisValue>(&self, call: &Call) -> Result<T, StoreError> {
        self.or_make_groups(self.store().run(call).await).await
    }

    /// Where the group is missing, makes it again and reports the error all the same.
    pub(crate) async fn or_make_groups<T>(&self, asked: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(StoreError::NoGroup(_)) = asked {
            self.store().ensure_groups().await?;
        }
        asked
    }
}
