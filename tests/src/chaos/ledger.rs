//! What senders were promised, kept by the senders: Redis has no say in it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::clock::{Clock, Moment};
use super::fate;

/// Every event that was answered 200, with the id that the answer gave it.
#[derive(Debug)]
pub(super) struct Ledger {
    clock: Clock,
    promised: Mutex<Promised>,
    /// Jobs that the promises amount to.
    jobs: AtomicU32,
    events: AtomicU32,
    /// Tries that were refused with 503, or came to no answer.
    pub(super) refused: AtomicU32,
    pub(super) unanswered: AtomicU32,
    /// Sent once more after the 200, as some providers do.
    pub(super) repeated: AtomicU32,
}

#[derive(Debug, Default)]
pub(super) struct Promised {
    pub(super) by_number: HashMap<u32, Promise>,
    pub(super) by_id: HashMap<String, u32>,
    /// What must never be, in words.
    pub(super) wrongs: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Promise {
    pub(super) event_id: String,
    pub(super) at: Moment,
}

// === impl Ledger ===

impl Ledger {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            promised: Mutex::default(),
            jobs: AtomicU32::new(0),
            events: AtomicU32::new(0),
            refused: AtomicU32::new(0),
            unanswered: AtomicU32::new(0),
            repeated: AtomicU32::new(0),
        }
    }

    /// An event was answered 200. Answered again, it must have kept its id.
    pub(super) fn promise(&self, n: u32, event_id: &str) {
        let at = self.clock.now();
        let mut promised = self.promised();
        if let Some(before) = promised.by_number.get(&n) {
            if before.event_id != event_id {
                let wrong = format!("event {n} was first {}, then {event_id}", before.event_id);
                promised.wrongs.push(wrong);
            }
            return;
        }
        if let Some(other) = promised.by_id.insert(event_id.to_owned(), n) {
            promised.wrongs.push(format!("events {other} and {n} are both {event_id}"));
        }
        promised.by_number.insert(n, Promise { event_id: event_id.to_owned(), at });
        self.events.fetch_add(1, Ordering::Relaxed);
        self.jobs.fetch_add(u32::try_from(fate::jobs(n).count()).unwrap_or(1), Ordering::Relaxed);
    }

    /// An answer that no sender should ever get.
    pub(super) fn strange(&self, wrong: String) {
        self.promised().wrongs.push(wrong);
    }

    pub(super) fn events(&self) -> u32 {
        self.events.load(Ordering::Relaxed)
    }

    pub(super) fn jobs(&self) -> u32 {
        self.jobs.load(Ordering::Relaxed)
    }

    pub(super) fn promised(&self) -> MutexGuard<'_, Promised> {
        self.promised.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
