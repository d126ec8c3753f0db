//! Time within a run.

use std::time::{Duration, Instant};

/// Milliseconds since the run began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Moment(pub u32);

/// When the run began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock(Instant);

// === impl Clock ===

impl Clock {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    pub(super) fn now(self) -> Moment {
        Moment(u32::try_from(self.0.elapsed().as_millis()).unwrap_or(u32::MAX))
    }
}

// === impl Moment ===

impl Moment {
    /// Nothing if `earlier` is later.
    pub(super) fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0).into())
    }

    #[must_use]
    pub(super) fn plus(self, time: Duration) -> Self {
        Self(self.0.saturating_add(u32::try_from(time.as_millis()).unwrap_or(u32::MAX)))
    }

    #[must_use]
    pub(super) fn minus(self, time: Duration) -> Self {
        Self(self.0.saturating_sub(u32::try_from(time.as_millis()).unwrap_or(u32::MAX)))
    }
}
