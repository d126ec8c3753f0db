//! An entry in hand.

use std::sync::Arc;
use std::time::Duration;

use event::Job;
use redis::FromRedisValue;

use crate::complete::Completion;
use crate::defer::Deferral;
use crate::entry::{Carried, EntryError};
use crate::moves::MOVES;
use crate::together::Together;
use crate::{Call, Fields, Function, Group, Since, Store, StoreError};

/// A settlement is tried this often while Redis is away: about ten seconds, well within a lease.
const TRIES: u32 = 20;

/// An entry that this process has taken and must settle: each way to settle it takes it by value, so that
/// settling twice does not compile. One that is forgotten is reclaimed when its lease runs out.
#[must_use = "an entry that is not settled is delivered again"]
#[derive(Debug)]
pub struct Delivery<T> {
    pub(crate) receipt: Receipt,
    /// What the entry carries, or why it can't be read.
    pub carried: Result<Arc<T>, EntryError>,
    /// How often it was handed out, this time included. More than once: a consumer died, or lost its lease.
    pub times: u64,
    /// Its lease began then, or later: the moment before it was asked for.
    pub taken: Since,
    /// The entry in `shared` that this one needs; empty if it carries all that it needs.
    pub(crate) shared: String,
}

/// Where the entry is and who took it.
#[derive(Debug, Clone)]
pub(crate) struct Receipt {
    pub(crate) seat: Arc<Seat>,
    pub(crate) stream: String,
    pub(crate) id: String,
}

/// Who takes entries: a consumer of a group, at a store.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) store: Store,
    pub(crate) group: Group,
    pub(crate) consumer: String,
    pub(crate) completing: Together<Completion, Settled>,
    pub(crate) deferring: Together<Deferral, Settled>,
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
    pub(crate) fn new(receipt: Receipt, mut fields: Fields, times: u64, taken: Since) -> Self {
        let shared = fields.take_text("shared").unwrap_or_default();
        Self { receipt, carried: T::from_fields(fields).map(Arc::new), times, taken, shared }
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
    pub(crate) fn store(&self) -> &Store {
        &self.seat.store
    }

    /// The place of its stream among those of the jobs: by where it stands, whatever it says of itself.
    pub(crate) fn place(&self, job: &Job) -> usize {
        let stream = self.stream.rsplit(':').next().and_then(|name| name.parse().ok());
        stream.unwrap_or(job.plan.priority).index()
    }

    /// Settles this entry by `call`, which answers for it alone.
    pub(crate) async fn settle(&self, call: &Call) -> Result<Settled, StoreError> {
        let (answer, unsure) = insist::<String>(self.store(), call).await?;
        Settled::from_answer(&answer, unsure)
    }
}

// === impl Seat ===

impl Seat {
    /// A call of a function that settles jobs, several at once: it begins with the streams of all jobs and the group.
    pub(crate) fn call(&self, function: &'static Function) -> Call {
        let mut call = MOVES.call(function);
        for stream in self.store.keys().all_jobs() {
            call.key(stream);
        }
        call.arg(self.group.as_str());
        call
    }

    /// Settles several entries by `call`, which answers for each in its order.
    pub(crate) async fn settle_all(
        &self,
        call: &Call,
    ) -> Result<Vec<Result<Settled, StoreError>>, StoreError> {
        let (answers, unsure): (Vec<String>, bool) = insist(&self.store, call).await?;
        Ok(answers.iter().map(|answer| Settled::from_answer(answer, unsure)).collect())
    }
}

/// Calls a function that settles entries, again if Redis did not answer: the work is done, and losing the news of it would
/// do it twice. Every one of them may run twice. Returns its answer, and whether an earlier try may have done it.
pub(crate) async fn insist<T: FromRedisValue>(store: &Store, call: &Call) -> Result<(T, bool), StoreError> {
    let (mut tries, mut unsure) = (0, false);
    loop {
        match store.run(call).await {
            Ok(answer) => return Ok((answer, unsure)),
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

// === impl Settled ===

impl Settled {
    /// What a function said of one entry. A try whose answer was lost has done it: to call it lost would leave it out of
    /// every count.
    pub(crate) fn from_answer(answer: &str, unsure: bool) -> Result<Self, StoreError> {
        match answer {
            "settled" if unsure => Ok(Self::Done),
            "lost" | "settled" => Ok(Self::Lost),
            "missing" => Ok(Self::Missing),
            _ => match answer.strip_prefix("failed: ") {
                Some(words) => Err(StoreError::refused(words)),
                None => Ok(Self::Done),
            },
        }
    }
}
