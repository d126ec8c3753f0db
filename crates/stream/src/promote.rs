//! `retry` → `jobs:*`: jobs whose time has come.

use std::time::Duration;

use crate::moves::MOVES;
use crate::{Function, Store, StoreError};

pub(crate) static PROMOTE: Function = Function::draining("promote", include_str!("lua/promote.lua"));

/// One call blocks Redis for about a millisecond and a half.
const BATCH: usize = 100;

impl Store {
    /// Moves jobs that are due back to their streams. Returns how many, and how long until the next is due.
    pub async fn promote(&self) -> Result<(usize, Option<Duration>), StoreError> {
        let mut call = MOVES.call(&PROMOTE);
        call.key(self.keys.retry()).key(self.keys.retry_due());
        for stream in self.keys.all_jobs() {
            call.key(stream);
        }
        call.arg(BATCH);
        let (moved, next): (usize, i64) = self.run(&call).await?;
        Ok((moved, u64::try_from(next).ok().map(Duration::from_millis)))
    }
}
