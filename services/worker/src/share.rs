//! How many of a worker's calls one handler may have, so that one that is slow leaves room to the others.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// A handler may have this many times as many calls under way as are still free. One alone comes to three quarters of
/// all, two to three sevenths each, and however many are slow, something stays free for the next.
const TIMES: usize = 3;

/// Calls under way in this worker, and jobs that wait for theirs, whichever handler's.
#[derive(Debug, Default)]
pub(crate) struct Floor {
    size: AtomicUsize,
    calls: AtomicUsize,
    waiting: AtomicUsize,
    left: Notify,
}

// === impl Floor ===

impl Floor {
    /// How many jobs there may be at once.
    pub(crate) fn resize(&self, size: usize) {
        self.size.store(size, Ordering::Relaxed);
    }

    /// Do those who wait take more than half of what calls have left?
    pub(crate) fn is_crowded(&self) -> bool {
        let left = self.size.load(Ordering::Relaxed).saturating_sub(self.calls.load(Ordering::Relaxed));
        2 * self.waiting.load(Ordering::Relaxed) > left
    }

    /// Somebody waits, to end it by [`Floor::go`].
    pub(crate) fn wait(&self) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn go(&self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }

    /// May a handler with `own` calls under way begin one more?
    pub(crate) fn has_room(&self, own: usize) -> bool {
        may_begin(own, self.calls.load(Ordering::Relaxed), self.size.load(Ordering::Relaxed))
    }

    /// Waits until a handler may begin one more call. Two that ask at the same instant may both be let in: the share is a
    /// rule of thumb, the slots are the limit.
    pub(crate) async fn room(&self, own: impl Fn() -> usize) {
        loop {
            let left = self.left.notified();
            if self.has_room(own()) {
                return;
            }
            left.await;
        }
    }

    /// A call begins. To be ended by [`Floor::leave`].
    pub(crate) fn enter(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn leave(&self) {
        self.calls.fetch_sub(1, Ordering::Relaxed);
        self.left.notify_waiters();
    }
}

/// May a handler with `own` calls begin one more, where `all` of `size` are under way? Always one.
fn may_begin(own: usize, all: usize, size: usize) -> bool {
    own < (TIMES * size.saturating_sub(all)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What so many handlers come to that all want as much as they can get.
    fn shares(handlers: usize, size: usize) -> Vec<usize> {
        let mut calls = vec![0; handlers];
        loop {
            let before = calls.clone();
            for handler in 0..handlers {
                let all = calls.iter().sum();
                calls[handler] += usize::from(may_begin(calls[handler], all, size));
            }
            if calls == before {
                return calls;
            }
        }
    }

    #[test]
    fn one_slow_handler_leaves_a_quarter_and_two_a_seventh() {
        assert_eq!(shares(1, 64), [48]);
        let two: usize = shares(2, 64).iter().sum();
        assert!((54..=57).contains(&two), "{two}");
    }

    #[test]
    fn each_may_always_have_one() {
        assert_eq!(shares(3, 1), [1, 1, 1]);
        assert!(shares(200, 64).iter().all(|calls| *calls == 1));
    }
}
