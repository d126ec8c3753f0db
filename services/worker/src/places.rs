//! Places at a handler: who may call it now, who waits a moment, and who is told when to come back.
//!
//! A job that waits for its handler holds one of the worker's slots. Where that would take long it is put back instead, so
//! that those of other handlers behind it in the same stream have their turn.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use crate::pace::Pace;
use crate::share::Floor;
use crate::tempo::Tempo;

/// A job that may expect to have its place by then waits in its slot.
const PATIENCE: Duration = Duration::from_secs(1);

/// The same where slots are scarce: a handler this fast is done with a job sooner than Redis is with putting it back.
const LITTLE_PATIENCE: Duration = Duration::from_millis(50);

/// That a handler is full is news this often.
const NEWS: Duration = Duration::from_secs(60);

/// A handler's limits, and what they leave.
#[derive(Debug)]
pub(crate) struct Places {
    limit: Semaphore,
    pace: Pace,
    /// None where it is the only handler: it takes nothing from anybody.
    floor: Option<Arc<Floor>>,
    calls: AtomicUsize,
    waiting: AtomicUsize,
    tempo: Mutex<Tempo>,
    /// When it was last told that there is no place.
    told: Mutex<Option<Instant>>,
}

/// A call may be made, as long as this lives.
#[derive(Debug)]
pub(crate) struct Place<'p> {
    places: &'p Places,
    /// None where nobody asks how long it took, and while it waits for its turn: what was never called took no time.
    began: Option<Instant>,
    _permit: SemaphorePermit<'p>,
}

/// No place in time: the job is to come back after so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full {
    pub(crate) after: Duration,
    /// To be told to the operator.
    pub(crate) is_news: bool,
}

/// Somebody waits, as long as this lives.
struct Waiting<'p>(&'p Places);

// === impl Places ===

impl Places {
    /// `most` calls at once, `rate` begun in one second (0: any).
    pub(crate) fn new(most: usize, rate: u32, floor: Option<Arc<Floor>>) -> Self {
        let pace = Pace::new(rate);
        Self {
            limit: Semaphore::new(most.clamp(1, Semaphore::MAX_PERMITS)),
            tempo: Mutex::new(Tempo::new(Instant::now(), pace.interval())),
            pace,
            floor,
            calls: AtomicUsize::default(),
            waiting: AtomicUsize::default(),
            told: Mutex::default(),
        }
    }

    /// A place, at once or within a moment. The only handler of a worker is waited for however long it takes: nobody else
    /// needs the slot.
    pub(crate) async fn take(&self) -> Result<Place<'_>, Full> {
        let Some(floor) = &self.floor else {
            let place = Place::at(self, self.permit().await);
            self.pace.wait(Duration::MAX).await;
            return Ok(place);
        };
        let waiting = Waiting::at(self);
        let patience = if floor.is_crowded() { LITTLE_PATIENCE } else { PATIENCE };
        if !self.is_free() && self.expected() > patience {
            return Err(self.full());
        }
        let Ok(permit) = tokio::time::timeout(patience, self.permit()).await else {
            self.tempo().waited_in_vain(patience, self.calls());
            return Err(self.full());
        };
        // From here on it is one of the calls, so that as many as wait for their turn leave the others theirs.
        let mut place = Place::at(self, permit);
        if !self.pace.wait(patience).await {
            return Err(self.full());
        }
        drop(waiting);
        place.began = Some(Instant::now());
        Ok(place)
    }

    async fn permit(&self) -> SemaphorePermit<'_> {
        let permit = self.limit.acquire().await.expect("the places are never closed");
        if let Some(floor) = &self.floor {
            floor.room(|| self.calls()).await;
        }
        permit
    }

    /// Could a call begin at once?
    fn is_free(&self) -> bool {
        let has_room = self.floor.as_ref().is_none_or(|floor| floor.has_room(self.calls()));
        has_room && self.limit.available_permits() > 0 && self.pace.is_free()
    }

    /// The wait of the last of those who wait.
    fn expected(&self) -> Duration {
        self.tempo().wait(self.waiting.load(Ordering::Relaxed), self.calls())
    }

    fn full(&self) -> Full {
        let now = Instant::now();
        let after = self.tempo().put_off(now, self.calls(), rand::random());
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = told.is_none_or(|told| now - told >= NEWS);
        if is_news {
            *told = Some(now);
        }
        Full { after, is_news }
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    fn tempo(&self) -> MutexGuard<'_, Tempo> {
        self.tempo.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Place ===

impl<'p> Place<'p> {
    fn at(places: &'p Places, permit: SemaphorePermit<'p>) -> Self {
        places.calls.fetch_add(1, Ordering::Relaxed);
        places.floor.iter().for_each(|floor| floor.enter());
        Self { places, began: None, _permit: permit }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.places.calls.fetch_sub(1, Ordering::Relaxed);
        self.places.floor.iter().for_each(|floor| floor.leave());
        if let Some(began) = self.began {
            self.places.tempo().took(began.elapsed());
        }
    }
}

// === impl Waiting ===

impl<'p> Waiting<'p> {
    fn at(places: &'p Places) -> Self {
        places.waiting.fetch_add(1, Ordering::Relaxed);
        places.floor.iter().for_each(|floor| floor.wait());
        Self(places)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
        self.0.floor.iter().for_each(|floor| floor.go());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floor(size: usize) -> Arc<Floor> {
        let floor = Floor::default();
        floor.resize(size);
        Arc::new(floor)
    }

    #[tokio::test(start_paused = true)]
    async fn a_fast_handler_is_waited_for() {
        let places = Places::new(1, 0, Some(floor(10)));
        let taking = async || {
            let place = places.take().await.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
            drop(place);
        };
        futures_util::future::join_all((0..9).map(|_| taking())).await;
        assert_eq!((places.calls(), places.waiting.load(Ordering::Relaxed)), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_does_not_answer_is_noticed_within_a_moment_and_then_at_once() {
        let places = Places::new(1, 0, Some(floor(10)));
        let place = places.take().await.unwrap();
        let began = Instant::now();
        assert!(places.take().await.is_err());
        assert_eq!(began.elapsed(), PATIENCE);
        // One may expect to have its turn within a moment, and waits for that; the others have long gone.
        let waits = futures_util::future::join_all((0..20).map(|_| async {
            assert!(places.take().await.is_err());
            began.elapsed()
        }))
        .await;
        assert_eq!(waits.iter().filter(|wait| **wait > PATIENCE).count(), 1, "{waits:?}");
        drop(place);
        assert!(places.take().await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn where_slots_are_scarce_few_wait() {
        let places = Places::new(6, 0, Some(floor(8)));
        let held = futures_util::future::join_all((0..6).map(|_| places.take())).await;
        assert!(held.iter().all(Result::is_ok));
        let began = Instant::now();
        let waits = futures_util::future::join_all((0..20).map(|_| async {
            assert!(places.take().await.is_err());
            began.elapsed()
        }))
        .await;
        assert_eq!(waits.iter().filter(|wait| **wait > LITTLE_PATIENCE).count(), 1, "{waits:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn it_leaves_room_to_others_and_alone_takes_all() {
        let take_all = async |places: &Places| {
            let taken = futures_util::future::join_all((0..64).map(|_| places.take())).await;
            taken.into_iter().filter(Result::is_ok).count()
        };
        let floor = floor(64);
        let [slow, fast] = [(); 2].map(|()| Places::new(64, 0, Some(floor.clone())));
        let held = futures_util::future::join_all((0..64).map(|_| slow.take())).await;
        assert_eq!(held.iter().filter(|place| place.is_ok()).count(), 48);
        assert!(fast.take().await.is_ok());
        drop(held);
        assert_eq!(take_all(&Places::new(64, 0, None)).await, 64);
    }

    #[tokio::test(start_paused = true)]
    async fn whose_turn_by_the_pace_is_far_away_comes_back_later() {
        let places = Places::new(10, 1, Some(floor(10)));
        let (first, second) = (places.take().await, places.take());
        assert!(first.is_ok() && second.await.is_ok());
        let taken = futures_util::future::join_all((0..5).map(|_| places.take())).await;
        assert_eq!(taken.iter().filter(|taken| taken.is_ok()).count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_never_came_does_not_make_the_handler_fast() {
        let places = Places::new(10, 1, Some(floor(10)));
        let first = places.take().await.unwrap();
        tokio::time::sleep(Duration::from_secs(80)).await;
        drop(first);
        let slow = places.tempo().wait(1, 1);
        assert_eq!(slow, Duration::from_secs(10));
        // One begins, the others' turns are seconds away.
        let _held = places.take().await.unwrap();
        let limit = places.limit.acquire().await.unwrap();
        drop(Place::at(&places, limit));
        assert_eq!(places.tempo().wait(1, 1), slow);
    }
}
