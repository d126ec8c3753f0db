//! A semaphore whose size may change.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many permits, some of them given out.
#[derive(Debug)]
pub(crate) struct Pool {
    permits: Arc<Semaphore>,
    /// Given out and free.
    size: Mutex<usize>,
}

// === impl Pool ===

impl Pool {
    pub(crate) fn new(size: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(size)), size: Mutex::new(size) }
    }

    /// Fewer takes effect as they are given back, at the next change.
    pub(crate) fn resize(&self, wanted: usize) {
        let mut size = self.size.lock().unwrap_or_else(PoisonError::into_inner);
        if wanted > *size {
            self.permits.add_permits(wanted - *size);
            *size = wanted;
        } else if wanted < *size {
            *size -= self.permits.forget_permits(*size - wanted);
        }
    }

    pub(crate) fn free(&self) -> usize {
        self.permits.available_permits()
    }

    pub(crate) async fn one(&self) -> OwnedSemaphorePermit {
        self.permits.clone().acquire_owned().await.expect("a pool is never closed")
    }

    /// Waits for a free permit, then takes all that are free, at most `most`.
    pub(crate) async fn some(&self, most: usize) -> OwnedSemaphorePermit {
        let mut some = self.one().await;
        let more = self.free().min(most.saturating_sub(1));
        if let Ok(more) = u32::try_from(more)
            && let Ok(more) = self.permits.clone().try_acquire_many_owned(more)
        {
            some.merge(more);
        }
        some
    }

    /// Waits until so many are free at once.
    pub(crate) async fn wait_for(&self, count: usize) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        drop(self.permits.acquire_many(count).await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn permits_are_given_back_and_never_more_than_there_are() {
        let pool = Pool::new(5);
        let mut some = pool.some(usize::MAX).await;
        assert_eq!(some.num_permits(), 5);
        drop(some.split(3));
        assert_eq!(pool.free(), 3);
        assert_eq!(pool.some(2).await.num_permits(), 2);
        drop(some);
        assert_eq!(pool.free(), 5);
    }

    #[tokio::test]
    async fn fewer_take_effect_as_they_are_given_back() {
        let pool = Pool::new(5);
        let some = pool.some(4).await;
        pool.resize(2);
        assert_eq!(pool.free(), 0);
        drop(some);
        pool.resize(2);
        assert_eq!(pool.free(), 2);
        pool.resize(7);
        assert_eq!(pool.free(), 7);
    }
}
