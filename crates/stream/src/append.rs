//! A handler of type `stream`: the event as an entry of a stream that somebody else reads.

use crate::{Store, StoreError};

impl Store {
    /// Adds an entry to a stream by its full key, outside our prefix, and returns the entry's id. The stream is never
    /// trimmed: how long its entries are kept is its reader's to decide.
    ///
    /// # Errors
    /// After [`StoreError::TimedOut`] or [`StoreError::Unreachable`] the entry may be there all the same.
    pub async fn append(&self, stream: &str, fields: &[(&str, &[u8])]) -> Result<String, StoreError> {
        let mut command = redis::cmd("XADD");
        command.arg(stream).arg("*");
        for (name, value) in fields {
            command.arg(name).arg(value);
        }
        Ok(command.query_async(&mut self.commands_for(stream)).await?)
    }
}
