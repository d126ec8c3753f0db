//! Jobs in hand: at most so many at once, each known until it is settled.

use std::collections::HashMap;
use std::collections::hash_map::Entry::{Occupied, Vacant};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use event::Job;
use stream::{Delivery, Since};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

use crate::lease::Lease;

/// Where an entry is: its stream and its id there.
type Entry = (String, String);

/// The slots of this process, and what fills them. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Hands {
    slots: Arc<Semaphore>,
    size: Arc<Mutex<usize>>,
    held: Arc<Mutex<HashMap<Entry, Arc<Lease>>>>,
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
    pub(crate) fn new(size: usize) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(size)),
            size: Arc::new(Mutex::new(size)),
            held: Arc::default(),
            tasks: TaskTracker::new(),
        }
    }

    /// Changes how many jobs may be in hand. Fewer takes effect as jobs are done.
    pub(crate) fn resize(&self, wanted: usize) {
        let mut size = self.size.lock().unwrap_or_else(PoisonError::into_inner);
        if wanted > *size {
            self.slots.add_permits(wanted - *size);
            *size = wanted;
        } else if wanted < *size {
            *size -= self.slots.forget_permits(*size - wanted);
        }
    }

    /// Waits for a free slot, then takes all that are free, at most `most`.
    pub(crate) async fn free(&self, most: usize) -> Slots {
        let first = self.slots.clone().acquire_owned().await;
        let mut slots = Slots(first.expect("the slots are never closed"));
        let more = self.slots.available_permits().min(most.saturating_sub(1));
        if let Ok(more) = u32::try_from(more)
            && let Ok(more) = self.slots.clone().try_acquire_many_owned(more)
        {
            slots.0.merge(more);
        }
        slots
    }

    /// Waits until so many slots are free at once.
    pub(crate) async fn wait_for(&self, count: usize) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        drop(self.slots.acquire_many(count).await);
    }

    /// Puts jobs into slots. One that is in hand already is left out: its lease ran out while Redis was away, and our own
    /// scan has found it.
    pub(crate) fn hold(&self, deliveries: Vec<Delivery<Job>>, mut slots: Slots) -> Vec<Held> {
        let held = deliveries.into_iter().filter_map(|delivery| {
            let entry = (delivery.stream().to_owned(), delivery.entry().to_owned());
            let grip = self.grip(entry, delivery.taken, slots.split())?;
            Some(Held { delivery, grip })
        });
        held.collect()
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
        self.tasks.spawn(work);
    }

    /// Waits until every job in hand is settled.
    pub(crate) async fn drain(&self) {
        self.tasks.close();
        self.tasks.wait().await;
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
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
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
    /// The handler has been called: another job may have the slot while this one is settled. It is in hand until then.
    pub(crate) fn free_slot(&mut self) {
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
    use super::*;

    #[tokio::test]
    async fn slots_are_given_back_and_never_more_than_there_are() {
        let hands = Hands::new(5);
        let mut slots = hands.free(usize::MAX).await;
        assert_eq!(slots.count(), 5);
        slots.keep(2);
        assert_eq!(hands.slots.available_permits(), 3);
        assert_eq!(hands.free(2).await.count(), 2);
        drop(slots);
        assert_eq!(hands.slots.available_permits(), 5);
    }

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
        assert_eq!(hands.slots.available_permits(), 0);
        grip.free_slot();
        assert_eq!(hands.slots.available_permits(), 1);
        assert_eq!(hands.entries()["jobs"], ["1-0"]);
    }

    #[tokio::test]
    async fn fewer_slots_take_effect_as_jobs_are_done() {
        let hands = Hands::new(5);
        let slots = hands.free(4).await;
        hands.resize(2);
        assert_eq!(hands.slots.available_permits(), 0);
        drop(slots);
        hands.resize(2);
        assert_eq!(hands.slots.available_permits(), 2);
        hands.resize(7);
        assert_eq!(hands.slots.available_permits(), 7);
    }
}
