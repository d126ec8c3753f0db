//! What a loop does while Redis is away: say so once, and ask again less and less often.

use std::time::Duration;

use service::{Backoff, Stop};
use stream::StoreError;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(crate) struct Patience {
    /// What can't be done meanwhile: "no jobs can be taken".
    what: &'static str,
    backoff: Backoff,
}

// === impl Patience ===

impl Patience {
    pub(crate) fn new(what: &'static str) -> Self {
        Self { what, backoff: Backoff::new(FIRST, LONGEST) }
    }

    /// The result, or nothing after a pause (which the stop cuts short).
    pub(crate) async fn with<T>(&mut self, result: Result<T, StoreError>, stop: &Stop) -> Option<T> {
        let error = match result {
            Ok(value) => {
                if self.backoff.reset() {
                    tracing::info!("Redis is back: it is no longer so that {}", self.what);
                }
                return Some(value);
            }
            Err(error) => error,
        };
        if self.backoff.is_fresh() {
            tracing::error!(%error, "{}; trying again until Redis is back", self.what);
        }
        self.backoff.wait(stop).await;
        None
    }
}
