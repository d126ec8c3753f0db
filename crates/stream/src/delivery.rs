//! An entry in hand.

use std::time::Duration;

use crate::entry::{Carried, EntryError, Fields};
use crate::{Call, Group, Store, StoreError};

/// A settlement is tried this often while Redis is away: about ten seconds, well within a lease.
const TRIES: u32 = 20;

/// An entry that this process has taken and must settle: each way to settle it takes it by value, so that
/// settling twice does not compile. One that is forgotten is reclaimed when its lease runs out.
#[must_use = "an entry that is not settled is delivered again"]
#[derive(Debug)]
pub struct Delivery<T> {
    pub(crate) receipt: Receipt,
    /// What the entry carries, or why it can't be read.
    pub carried: Result<T, EntryError>,
    /// How often it was handed out, this time included. More than once: a consumer died, or lost its lease.
    pub times: u64,
}

/// Where the entry is and who took it.
#[derive(Debug, Clone)]
pub(crate) struct Receipt {
    pub(crate) store: Store,
    pub(crate) stream: String,
    pub(crate) group: Group,
    pub(crate) consumer: String,
    pub(crate) id: String,
}

/// What became of an attempt to settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Done, by us.
    Done,
    /// Another consumer owns the entry now, or has settled it. Nothing was changed.
    Lost,
    /// The entry was gone from the stream: somebody deleted it by hand.
    Missing,
}

// === impl Delivery ===

impl<T: Carried> Delivery<T> {
    pub(crate) fn new(receipt: Receipt, fields: &Fields, times: u64) -> Self {
        Self { receipt, carried: T::from_fields(fields), times }
    }
}

impl<T> Delivery<T> {
    /// The entry's id in its stream.
    pub fn entry(&self) -> &str {
        &self.receipt.id
    }

    pub fn stream(&self) -> &str {
        &self.receipt.stream
    }
}

// === impl Receipt ===

impl Receipt {
    /// Runs the script that settles this entry, again if Redis did not answer: the work is done, and losing the
    /// news of it would do it twice. Every settling script may run twice.
    pub(crate) async fn settle(&self, call: &Call) -> Result<Settled, StoreError> {
        let (mut tries, mut unsure) = (0, false);
        loop {
            match self.store.run::<String>(call).await {
                // A try whose answer was lost has done it: to call it lost would leave it out of every count.
                Ok(answer) if unsure && answer == "settled" => return Ok(Settled::Done),
                Ok(answer) => return Ok(Settled::from_answer(&answer)),
                Err(error) => {
                    tries += 1;
                    unsure |= error.may_have_happened();
                    if tries == TRIES || matches!(error, StoreError::NoGroup(_)) {
                        return Err(error);
                    }
                    tokio::time::sleep(
                        Duration::from_millis(500).min(Duration::from_millis(20) * (1 << tries.min(6))),
                    )
                    .await;
                }
            }
        }
    }
}

// === impl Settled ===

impl Settled {
    pub(crate) fn from_answer(answer: &str) -> Self {
        match answer {
            "lost" | "settled" => Self::Lost,
            "missing" => Self::Missing,
            _ => Self::Done,
        }
    }
}
