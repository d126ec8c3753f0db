//! One delivery to make.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{JobId, Millis, Priority, RawEvent};

/// How a route wants its jobs delivered. Stamped on the job when it is routed, so that a later change of the
/// configuration does not alter what is already on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub route: String,
    pub handler: String,
    pub priority: Priority,
    /// Attempts after the first.
    pub retry_count: u32,
    /// Limit of one handler call.
    pub timeout: Duration,
    /// HTTP statuses to be tried again though they usually are not.
    pub retry_on: Vec<u16>,
}

/// What the job streams carry from router to worker: an event, and one route's plan for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub id: JobId,
    pub event: RawEvent,
    pub plan: Plan,
    /// Attempts already made.
    pub attempts: u32,
    /// When the first attempt began; none was made if absent.
    pub first_at: Option<Millis>,
    /// What the last failed attempt said.
    pub last_error: String,
}

impl Job {
    /// The attempt about to be made, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempts + 1
    }
}
