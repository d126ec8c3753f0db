//! Waiting longer and longer for something that is away.

use std::time::Duration;

use crate::Stop;

/// Pauses that double from `first` to `longest`, until [`Backoff::reset`].
#[derive(Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    next: Option<Duration>,
}

// === impl Backoff ===

impl Backoff {
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: None }
    }

    /// Has nothing failed since the last success? Then it is time to say so, once.
    pub fn is_fresh(&self) -> bool {
        self.next.is_none()
    }

    /// It works again. True if it had not.
    pub fn reset(&mut self) -> bool {
        self.next.take().is_some()
    }

    /// Waits; false if the stop came first.
    pub async fn wait(&mut self, stop: &Stop) -> bool {
        let pause = self.next.unwrap_or(self.first);
        self.next = Some((pause * 2).min(self.longest));
        stop.sleep(pause).await
    }
}
