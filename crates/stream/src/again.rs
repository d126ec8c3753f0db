//! One more try where the connection turned out to be broken.
//!
//! After Redis was restarted, each shared connection finds out with its next command, which would fail though Redis is
//! there.

use redis::FromRedisValue;

use crate::{Call, Store, StoreError};

impl Store {
    /// Runs a function that may run twice; a second time, on a new connection, if the first broke.
    ///
    /// # Errors
    /// Those of the second try, where there was one.
    pub async fn run_again<T: FromRedisValue>(&self, call: &Call) -> Result<T, StoreError> {
        match self.run(call).await {
            Err(StoreError::Unreachable(_)) => self.run(call).await,
            answer => answer,
        }
    }
}
