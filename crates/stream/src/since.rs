//! Time that goes on while this process, or the whole machine, stands still.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// A moment of this machine. What has passed since counts its sleep too, which `std`'s `Instant` leaves out on Linux: a
/// lease in Redis goes on meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Since(Duration);

#[cfg(target_os = "linux")]
const CLOCK: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const CLOCK: ClockId = ClockId::Monotonic;

// === impl Since ===

impl Since {
    pub fn now() -> Self {
        let now = clock_gettime(CLOCK);
        // This clock begins at zero, and has fewer than 10^9 nanoseconds beside its seconds.
        Self(Duration::new(
            now.tv_sec.try_into().unwrap_or_default(),
            now.tv_nsec.try_into().unwrap_or_default(),
        ))
    }

    pub fn elapsed(self) -> Duration {
        Self::now().0.saturating_sub(self.0)
    }
}
