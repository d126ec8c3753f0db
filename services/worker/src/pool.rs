//! A semaphore whose size may change.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many permits, some of them given out.
#[derive(Debug)]
pub(crate) struct Pool {
    permits: Arc<Semaphore>,
    size: Mutex<Size>,
}

#[derive(Debug)]
struct Size {
    /// Given out and free.
    there: usize,
    wanted: usize,
}

// === impl Pool ===

impl Pool {
    pub(crate) fn new(size: usize) -> Self {
        let permits = Arc::new(Semaphore::new(size));
        Self { permits, size: Mutex::new(Size { there: size, wanted: size }) }
    }

    /// More are there at once. Those that are too many go as they are asked for, [`Pool::one`] by one, or [by
    /// choice](Pool::shed).
    pub(crate) fn resize(&self, wanted: usize) {
        let mut size = self.size();
        size.wanted = wanted;
        if let Some(more) = wanted.checked_sub(size.there) {
            self.permits.add_permits(more);
            size.there = wanted;
        }
    }

    pub(crate) fn free(&self) -> usize {
        self.permits.available_permits()
    }

    /// Waits for a permit that is not too many.
    pub(crate) async fn one(&self) -> OwnedSemaphorePermit {
        loop {
            let mut one = self.next().await;
            self.shed(&mut one, 1);
            if one.num_permits() == 1 {
                return one;
            }
        }
    }

    /// Waits for a free permit, then takes all that are free, at most `most`, even those that are too many.
    pub(crate) async fn some(&self, most: usize) -> OwnedSemaphorePermit {
        let mut some = self.next().await;
        let more = self.free().min(most.saturating_sub(1));
        if let Ok(more) = u32::try_from(more)
            && let Ok(more) = self.permits.clone().try_acquire_many_owned(more)
        {
            some.merge(more);
        }
        some
    }

    /// Takes out of `some`, and of the pool, those that are too many, at most `most`.
    pub(crate) fn shed(&self, some: &mut OwnedSemaphorePermit, most: usize) {
        let mut size = self.size();
        let too_many = size.there.saturating_sub(size.wanted).min(most);
        // Nearly always none, and this is asked at each turn.
        if too_many > 0
            && let Some(gone) = some.split(too_many)
        {
            gone.forget();
            size.there -= too_many;
        }
    }

    /// Waits until so many are free at once.
    pub(crate) async fn wait_for(&self, count: usize) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        drop(self.permits.acquire_many(count).await);
    }

    async fn next(&self) -> OwnedSemaphorePermit {
        self.permits.clone().acquire_owned().await.expect("a pool is never closed")
    }

    fn size(&self) -> MutexGuard<'_, Size> {
        self.size.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt;

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
    async fn those_that_are_too_many_go_when_they_are_asked_for_though_others_wait() {
        let pool = Pool::new(3);
        let (first, second, third) = (pool.one().await, pool.one().await, pool.one().await);
        let mut waits = pin!(pool.one());
        assert!(waits.as_mut().now_or_never().is_none());
        pool.resize(1);
        drop((first, second));
        assert!(waits.as_mut().now_or_never().is_none());
        drop(third);
        assert!(waits.as_mut().now_or_never().is_some());
        pool.resize(4);
        assert_eq!(pool.free(), 4);
    }

    #[tokio::test]
    async fn of_some_that_are_held_no_more_are_shed_than_is_said() {
        let pool = Pool::new(5);
        let mut some = pool.some(usize::MAX).await;
        pool.resize(2);
        pool.shed(&mut some, 1);
        assert_eq!(some.num_permits(), 4);
        pool.shed(&mut some, 4);
        assert_eq!(some.num_permits(), 2);
        drop(some);
        assert_eq!(pool.free(), 2);
    }
}
