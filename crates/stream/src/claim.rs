//! `jobs:*` → worker: the most urgent first.

use event::{Job, Priority};
use redis::{FromRedisValue, RedisResult};

use crate::read::StreamsReply;
use crate::shares::{Left, Share};
use crate::{Call, Delivery, Reader, Since, StoreError};

impl Reader {
    /// Takes up to `count` jobs without waiting, emptying the streams in the order given. (One read of all streams would
    /// bring `count` from each.) Where [`Shares`](crate::shares::Shares) guesses right, one round trip is all.
    ///
    /// # Errors
    /// None, if there are jobs in spite of it: what Redis has handed out is in our hands, and the next call meets the
    /// trouble again. A missing group is made again; the next call finds it.
    pub async fn claim(&self, order: [Priority; 4], count: usize) -> Result<Vec<Delivery<Job>>, StoreError> {
        let mut jobs = Vec::new();
        match self.claim_into(&mut jobs, order, count).await {
            Err(error) if jobs.is_empty() => Err(error),
            _ => Ok(jobs),
        }
    }

    async fn claim_into(
        &self,
        jobs: &mut Vec<Delivery<Job>>,
        order: [Priority; 4],
        count: usize,
    ) -> Result<(), StoreError> {
        let mut streams = self.shares().order(order);
        while jobs.len() < count && !streams.is_empty() {
            let shares = self.shares().of(&streams, count - jobs.len());
            let taken = Since::now();
            let replies = self.take_together(&shares).await?;
            let mut heard = Ok(());
            for (share, reply) in shares.iter().zip(replies) {
                match self.received(reply, taken).await {
                    Ok(got) => {
                        if self.shares().got(share, got.len()) == Left::Nothing {
                            streams.retain(|stream| *stream != share.stream);
                        }
                        jobs.extend(got);
                    }
                    error => heard = heard.and(error.map(drop)),
                }
            }
            heard?;
        }
        Ok(())
    }

    async fn received(
        &self,
        reply: RedisResult<StreamsReply>,
        taken: Since,
    ) -> Result<Vec<Delivery<Job>>, StoreError> {
        let reply = self.or_make_groups(reply.map_err(StoreError::from)).await?;
        self.deliveries(reply, taken).await
    }

    async fn take_together(&self, shares: &[Share]) -> Result<Vec<RedisResult<StreamsReply>>, StoreError> {
        let mut together = redis::pipe();
        for share in shares {
            let command = together.cmd("XREADGROUP");
            command.arg("GROUP").arg(self.seat.group.as_str()).arg(self.consumer());
            command.arg("COUNT").arg(share.count);
            command.arg("STREAMS").arg(self.store().keys().jobs(share.stream)).arg(">");
        }
        Ok(together.ignore_errors().query_async(&mut self.store().commands()).await?)
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
