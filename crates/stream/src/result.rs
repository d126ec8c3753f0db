//! What became of an event that somebody waits for (`run` in `/admin/routes/test`).

use std::time::Duration;

use event::{EventId, Job, Reason};
use serde::{Deserialize, Serialize};

use crate::{Store, StoreError};

/// One route's outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobResult {
    pub route: String,
    pub handler: String,
    /// `delivered` or `dead`.
    pub outcome: String,
    pub attempts: u32,
    pub status: Option<u16>,
    pub reason: Option<String>,
    pub error: Option<String>,
}

// === impl JobResult ===

impl JobResult {
    pub fn delivered(status: Option<u16>) -> Self {
        Self::new("delivered", status)
    }

    pub(crate) fn dead(reason: Reason, status: Option<u16>, error: &str) -> Self {
        let mut result = Self::new("dead", status);
        result.reason = Some(reason.as_str().to_owned());
        result.error = Some(error.to_owned());
        result
    }

    fn new(outcome: &str, status: Option<u16>) -> Self {
        Self {
            route: String::new(),
            handler: String::new(),
            outcome: outcome.to_owned(),
            attempts: 0,
            status,
            reason: None,
            error: None,
        }
    }

    /// JSON, or nothing where nobody waits.
    pub(crate) fn for_whoever_waits(&self, job: &Job) -> String {
        if !job.event.awaited {
            return String::new();
        }
        let mut told = self.clone();
        told.route.clone_from(&job.plan.route);
        told.handler.clone_from(&job.plan.handler);
        told.attempts = job.attempt();
        serde_json::to_string(&told).expect("text and numbers are always JSON")
    }
}

impl Store {
    /// The outcomes of an event so far.
    pub async fn results(&self, event: &EventId) -> Result<Vec<JobResult>, StoreError> {
        let store = self.of(event);
        let told: Vec<String> = redis::cmd("LRANGE")
            .arg(store.keys.results(event))
            .arg(0)
            .arg(-1)
            .query_async(&mut store.commands())
            .await?;
        Ok(told.iter().filter_map(|json| serde_json::from_str(json).ok()).collect())
    }

    /// Waits until `count` outcomes are there, or `limit` has passed; returns what there is.
    pub async fn await_results(
        &self,
        event: &EventId,
        count: usize,
        limit: Duration,
    ) -> Result<Vec<JobResult>, StoreError> {
        const LOOK_AGAIN: Duration = Duration::from_millis(25);
        let deadline = tokio::time::Instant::now() + limit;
        loop {
            let results = self.results(event).await?;
            if results.len() >= count || tokio::time::Instant::now() >= deadline {
                return Ok(results);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}
