//! Everything that is shown, at one moment.

use event::Millis;
use stream::{Counters, Depth, Store, StoreError};

/// The totals, and what can only be looked at.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    pub(crate) totals: Counters,
    pub(crate) depths: Vec<Depth>,
    pub(crate) blocked: u64,
}

// === impl Sample ===

impl Sample {
    pub(crate) async fn take(store: &Store, now: Millis) -> Result<Self, StoreError> {
        let totals = store.totals().await?;
        let depths = store.depths(now).await?;
        let blocked = store.blocked_now(now).await?;
        Ok(Self { totals, depths, blocked })
    }
}
