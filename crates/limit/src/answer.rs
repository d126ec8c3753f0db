//! What `admit.lua` answers.

use std::time::Duration;

use event::Millis;

use crate::quota::{Quota, Quotas, Window};

/// What became of requests that asked together, and where their limits stand now.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Which window is over for the last of them, counted from 1; 0: all are admitted.
    pub(crate) over: usize,
    /// Until it no longer is.
    pub(crate) wait: Duration,
    pub(crate) now: Millis,
    /// Their client is blocked for so long.
    pub(crate) blocked_for: Duration,
    /// They brought that about.
    pub(crate) made_block: bool,
    /// So many of them may go on.
    pub(crate) admitted: u64,
    /// So many more are let in beforehand.
    pub(crate) beforehand: u32,
    /// Where those stand in the logs: a time in ms, by Redis' clock.
    pub(crate) ends: u64,
    /// Of each window: requests in it, and until the oldest of them leaves it.
    pub(crate) windows: Vec<(u64, Duration)>,
}

/// The same as it comes, times in ms.
pub(crate) type Told = (usize, u64, u64, u64, bool, u64, u32, u64, Vec<(u64, u64)>);

// === impl Answer ===

impl Answer {
    /// Where these limits, which were asked about, stood before the last `after` requests came.
    pub(crate) fn standing(&self, limits: &[(Window, u32)], after: u64) -> Quotas {
        let quota = |(&(window, limit), &(used, reset)): (&(Window, u32), &(u64, Duration))| {
            let used = u32::try_from(used.saturating_sub(after)).unwrap_or(u32::MAX);
            Quota { window, limit, remaining: limit.saturating_sub(used), reset }
        };
        Quotas(limits.iter().zip(&self.windows).map(quota).collect())
    }
}

impl From<Told> for Answer {
    fn from(told: Told) -> Self {
        let (over, wait, now, blocked_for, made_block, admitted, beforehand, ends, windows) = told;
        let ms = Duration::from_millis;
        Self {
            over,
            wait: ms(wait),
            now: Millis(now),
            blocked_for: ms(blocked_for),
            made_block,
            admitted,
            beforehand,
            ends,
            windows: windows.into_iter().map(|(used, leaves)| (used, ms(leaves))).collect(),
        }
    }
}
