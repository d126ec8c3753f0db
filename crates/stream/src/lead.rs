//! What one process does for all of its kind, as long as it renews its lease.

use std::time::Duration;

use crate::moves::MOVES;
use crate::{Function, Store, StoreError};

pub(crate) static LEAD: Function = Function::draining("lead", include_str!("lua/lead.lua"));

impl Store {
    /// Takes or renews the lead under this key; false while another has it.
    pub(crate) async fn lead(&self, key: String, me: &str, lease: Duration) -> Result<bool, StoreError> {
        let mut call = MOVES.call(&LEAD);
        call.key(key).arg(me).arg(u64::try_from(lease.as_millis()).unwrap_or(u64::MAX));
        Ok(self.run::<u8>(&call).await? == 1)
    }
}
