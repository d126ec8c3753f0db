//! Keeping the lease on what is still being worked on.

use crate::moves::MOVES;
use crate::{Function, Reader, StoreError};

pub(crate) static RENEW: Function = Function::draining("renew", include_str!("lua/renew.lua"));

impl Reader {
    /// Starts the lease of these entries of one stream anew. Returns those that are no longer ours.
    pub async fn renew(&self, stream: &str, entries: &[String]) -> Result<Vec<String>, StoreError> {
        let mut call = MOVES.call(&RENEW);
        call.key(stream).arg(self.seat.group.as_str()).arg(self.consumer());
        for entry in entries {
            call.arg(entry);
        }
        self.run(&call).await
    }
}
