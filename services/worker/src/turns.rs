//! Turns: which of the jobs in hand may be called now.

use event::Priority;
use tokio::sync::OwnedSemaphorePermit;

use crate::pool::Pool;

/// At most so many calls at once, a fifth of them kept for `critical` and `high`, so that slow handlers of lesser jobs can't
/// take them all.
#[derive(Debug)]
pub(crate) struct Turns {
    all: Pool,
    lesser: Pool,
}

/// A job may be called, as long as this lives.
#[derive(Debug)]
pub(crate) struct Turn {
    _one: OwnedSemaphorePermit,
    _lesser: Option<OwnedSemaphorePermit>,
}

/// Of so many, those that are kept for urgent jobs.
pub(crate) fn reserve(size: usize) -> usize {
    size / 5
}

/// Of so many, those that jobs of every priority may have.
pub(crate) fn for_all(size: usize) -> usize {
    size - reserve(size)
}

// === impl Turns ===

impl Turns {
    pub(crate) fn new(size: usize) -> Self {
        Self { all: Pool::new(size), lesser: Pool::new(for_all(size)) }
    }

    pub(crate) fn resize(&self, size: usize) {
        self.all.resize(size);
        self.lesser.resize(for_all(size));
    }

    /// A turn, in the order in which they are asked for: urgent jobs wait for urgent ones only.
    pub(crate) async fn take(&self, priority: Priority) -> Turn {
        let lesser = match priority {
            Priority::Critical | Priority::High => None,
            Priority::Normal | Priority::Low => Some(self.lesser.one().await),
        };
        Turn { _one: self.all.one().await, _lesser: lesser }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn lesser_jobs_leave_a_fifth_to_urgent_ones() {
        let turns = Turns::new(10);
        let take = |priority| turns.take(priority).now_or_never();
        let mut lesser: Vec<_> = (0..8).map(|_| take(Priority::Normal).unwrap()).collect();
        assert!(take(Priority::Low).is_none());
        let urgent = [take(Priority::High), take(Priority::Critical)];
        assert!(urgent.iter().all(Option::is_some) && take(Priority::Critical).is_none());
        lesser.pop();
        assert!(take(Priority::Low).is_some());
        drop(urgent);
        let all: Vec<_> = (0..3).map(|_| take(Priority::Critical)).collect();
        assert!(all.iter().all(Option::is_some) && take(Priority::Low).is_none());
    }

    #[tokio::test]
    async fn fewer_take_effect_as_calls_end() {
        let turns = Turns::new(2);
        let take = || turns.take(Priority::Critical).now_or_never();
        let both = [take(), take()];
        turns.resize(1);
        drop(both);
        let one = take();
        assert!(one.is_some() && take().is_none());
    }
}
