//! The alerts' states, kept over restarts, and which of several metrics services speaks for all.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{Store, StoreError};

impl Store {
    /// Takes or renews the lead in alerting for `lease`; false while another has it.
    ///
    /// # Errors
    /// Redis is away: nobody can be said to lead.
    pub async fn lead_alerts(&self, me: &str, lease: Duration) -> Result<bool, StoreError> {
        self.lead(self.keys.alerts_lead(), me, lease).await
    }

    /// Each alert's state by name, as it was last told.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn alert_states(&self) -> Result<BTreeMap<String, String>, StoreError> {
        let all = redis::cmd("HGETALL").arg(self.keys.alerts()).query_async(&mut self.commands()).await;
        all.map_err(StoreError::from)
    }

    /// Remembers what was told of an alert.
    ///
    /// # Errors
    /// Redis is away: it will be told again.
    pub async fn keep_alert_state(&self, name: &str, state: &str) -> Result<(), StoreError> {
        let kept = redis::cmd("HSET").arg(self.keys.alerts()).arg(name).arg(state).to_owned();
        kept.exec_async(&mut self.commands()).await.map_err(StoreError::from)
    }
}
