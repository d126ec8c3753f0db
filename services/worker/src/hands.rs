//! Jobs in hand: those that are called, and some ahead of them; each is known until it is settled.

use std::collections::HashMap;
use std::collections::hash_map::Entry::{Occupied, Vacant};
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use event::{Job, Priority};
use stream::{Delivery, Since};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::ahead::Ahead;
use crate::lease::Lease;
use crate::pool::Pool;
use crate::turns::{Turn, Turns};

/// Where an entry is: its stream and its id there.
type Entry = (String, String);

/// The slots of this process, and what fills them. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Hands(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// For jobs in hand until they were called.
    slots: Pool,
    turns: Turns,
    /// Turns that have ended.
    ended: AtomicU64,
    ahead: Mutex<Ahead>,
    held: Mutex<HashMap<Entry, Arc<Lease>>>,
    tasks: TaskTracker,
}

/// Slots taken, for jobs yet to be claimed; given back when dropped.
#[derive(Debug)]
pub(crate) struct Slots(OwnedSemaphorePermit);

/// A job in its slot. While it lives its lease is renewed.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) delivery: Delivery<Job>,
    pub(crate) grip: Grip,
}

/// What keeps a job in hand.
#[derive(Debug)]
pub(crate) struct Grip {
    hands: Hands,
    entry: Entry,
    pub(crate) lease: Arc<Lease>,
    slot: Option<OwnedSemaphorePermit>,
}

// === impl Hands ===

impl Hands {
    /// For so many calls at once.
    pub(crate) fn new(size: usize) -> Self {
        Self(Arc::new(Inner {
            slots: Pool::new(size),
            turns: Turns::new(size),
            ended: AtomicU64::default(),
            ahead: Mutex::new(Ahead::new(Instant::now())),
            held: Mutex::default(),
            tasks: TaskTracker::new(),
        }))
    }

    /// So many calls may be under way at once, and as many jobs be in hand beside them as will soon have their turn. Returns
    /// how many that are. Fewer take effect as calls begin, and as slots are [shed](Hands::shed).
    pub(crate) fn resize(&self, size: usize) -> usize {
        let Inner { slots, turns, ended, ahead, .. } = &*self.0;
        let ended = ended.load(Ordering::Relaxed);
        let mut ahead = ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let ahead = ahead.jobs(ended, Instant::now()).min(size);
        slots.resize(size + ahead);
        turns.resize(size);
        ahead
    }

    /// Waits for a free slot, then takes all that are free, at most `most`.
    pub(crate) async fn free(&self, most: usize) -> Slots {
        Slots(self.0.slots.some(most).await)
    }

    /// Takes out of these slots those that are too many by now, but leaves so many.
    pub(crate) fn shed(&self, slots: &mut Slots, leave: usize) {
        let most = slots.count().saturating_sub(leave);
        self.0.slots.shed(&mut slots.0, most);
    }

    /// Waits until so many slots are free at once.
    pub(crate) async fn wait_for(&self, count: usize) {
        self.0.slots.wait_for(count).await;
    }

    /// Puts jobs into slots. One that is in hand already is left out: its lease ran out while Redis was away, and our own
    /// scan has found it.
    pub(crate) fn hold(&self, deliveries: Vec<Delivery<Job>>, mut slots: Slots) -> Vec<Held> {
        // Its size is not known to `collect`, which would move a hundred jobs several times while it grows.
        let mut held = Vec::with_capacity(deliveries.len());
        held.extend(deliveries.into_iter().filter_map(|delivery| {
            let entry = (delivery.stream().to_owned(), delivery.entry().to_owned());
            let grip = self.grip(entry, delivery.taken, slots.split())?;
            Some(Held { delivery, grip })
        }));
        held
    }

    fn grip(&self, entry: Entry, taken: Since, slot: Option<OwnedSemaphorePermit>) -> Option<Grip> {
        let lease = Arc::new(Lease::since(taken));
        match self.held().entry(entry.clone()) {
            Vacant(place) => place.insert(lease.clone()),
            Occupied(_) => return None,
        };
        Some(Grip { hands: self.clone(), entry, lease, slot })
    }

    /// Works on a job in a task that [`Hands::drain`] waits for.
    pub(crate) fn work(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.0.tasks.spawn(work);
    }

    /// Waits until every job in hand is settled.
    pub(crate) async fn drain(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// What is in hand, by stream.
    pub(crate) fn entries(&self) -> HashMap<String, Vec<String>> {
        let mut entries: HashMap<String, Vec<String>> = HashMap::new();
        for (stream, entry) in self.held().keys() {
            entries.entry(stream.clone()).or_default().push(entry.clone());
        }
        entries
    }

    /// The lease on this entry, if it is in hand.
    pub(crate) fn lease(&self, stream: &str, entry: &str) -> Option<Arc<Lease>> {
        self.held().get(&(stream.to_owned(), entry.to_owned())).cloned()
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Entry, Arc<Lease>>> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Slots ===

impl Slots {
    pub(crate) fn count(&self) -> usize {
        self.0.num_permits()
    }

    /// Gives back what is beyond `count`.
    pub(crate) fn keep(&mut self, count: usize) {
        drop(self.0.split(self.count().saturating_sub(count)));
    }

    fn split(&mut self) -> Option<OwnedSemaphorePermit> {
        self.0.split(1)
    }
}

// === impl Grip ===

impl Grip {
    /// Waits until the job may be called.
    pub(crate) async fn turn(&self, priority: Priority) -> Turn {
        self.hands.0.turns.take(priority).await
    }

    /// The handler has been called: another job may have the slot while this one is settled. It is in hand until then.
    pub(crate) fn free_slot(&mut self) {
        self.hands.0.ended.fetch_add(1, Ordering::Relaxed);
        self.slot.take();
    }

    /// What `work` gives, or nothing if the job was lost to another worker meanwhile.
    pub(crate) async fn unless_lost<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = self.lease.lost() => None,
        }
    }
}

impl Drop for Grip {
    fn drop(&mut self) {
        self.hands.held().remove(&self.entry);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_job_is_in_hand_once_until_it_is_settled() {
        let hands = Hands::new(5);
        let entry = || ("jobs".to_owned(), "1-0".to_owned());
        let grip = hands.grip(entry(), Since::now(), None).unwrap();
        assert!(hands.grip(entry(), Since::now(), None).is_none());
        assert_eq!(hands.entries()["jobs"], ["1-0"]);
        drop(grip);
        assert!(hands.entries().is_empty());
        assert!(hands.grip(entry(), Since::now(), None).is_some());
    }

    #[tokio::test]
    async fn a_job_that_is_only_to_be_settled_is_in_hand_without_a_slot() {
        let hands = Hands::new(1);
        let slot = hands.free(1).await.split();
        let mut grip = hands.grip(("jobs".to_owned(), "1-0".to_owned()), Since::now(), slot).unwrap();
        assert_eq!(hands.0.slots.free(), 0);
        grip.free_slot();
        assert_eq!(hands.0.slots.free(), 1);
        assert_eq!(hands.entries()["jobs"], ["1-0"]);
    }

    #[tokio::test(start_paused = true)]
    async fn where_calls_end_fast_there_is_room_for_jobs_ahead_of_them_until_they_end_slowly() {
        let hands = Hands::new(10);
        assert_eq!(hands.resize(10), 0);
        for number in 0..40 {
            let mut grip = hands.grip(("jobs".to_owned(), number.to_string()), Since::now(), None).unwrap();
            grip.free_slot();
        }
        tokio::time::advance(Duration::from_millis(10)).await;
        assert_eq!((hands.resize(10), hands.0.slots.free()), (8, 18));
        tokio::time::advance(Duration::from_millis(10)).await;
        assert_eq!(hands.resize(10), 0);
        let mut slots = hands.free(usize::MAX).await;
        hands.shed(&mut slots, 12);
        assert_eq!(slots.count(), 12);
        hands.shed(&mut slots, 2);
        assert_eq!(slots.count(), 10);
        slots.keep(4);
        assert_eq!((slots.count(), hands.0.slots.free()), (4, 6));
    }
}
