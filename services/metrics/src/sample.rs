//! Everything that is shown, at one moment.

use event::Millis;
use settings::DeadLetters;
use stream::{Counters, Depth, Store, StoreError};

/// The totals, and what can only be looked at.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    pub(crate) totals: Counters,
    pub(crate) depths: Vec<Depth>,
    pub(crate) blocked: u64,
    /// Share of the time or room for dead letters that is used.
    pub(crate) retention: f64,
}

// === impl Sample ===

impl Sample {
    pub(crate) async fn take(store: &Store, kept: &DeadLetters, now: Millis) -> Result<Self, StoreError> {
        let totals = store.totals().await?;
        let depths = store.depths(now).await?;
        let blocked = store.blocked_now(now).await?;
        let retention = store.retention_used(service::retention(kept), now).await?;
        Ok(Self { totals, depths, blocked, retention })
    }
}
