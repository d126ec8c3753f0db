//! ingress → `events`: a new event, once.

use std::time::Duration;

use event::RawEvent;
use redis::{RedisError, RedisWrite};
use sha2::{Digest, Sha256};

use crate::args::Args;
use crate::moves::MOVES;
use crate::packed::{META, meta};
use crate::together::{Most, Together};
use crate::{Function, Store, StoreError};

pub(crate) static PUBLISH: Function = Function::growing("publish", include_str!("lua/publish.lua"));

/// Marks stand in this many small hashes for each window.
const BUCKETS: u32 = 4096;

/// How an event is recognised when it is sent again: by its id, for a time.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    pub window: Duration,
}

/// What became of an event that was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    Accepted,
    /// The same id was accepted within the window; nothing was written.
    Duplicate,
}

/// One call carries no more: it holds Redis up for less than a millisecond.
pub(crate) const MOST: Most = Most { items: 64, bytes: 256 * 1024 };

/// Arguments for an event, and about how many bytes those have that are neither its body nor [`META`].
const EVENT: usize = 8;
const OTHERS: usize = 96;

/// An event as `publish.lua` takes it.
pub(crate) struct Offer(Args);

impl Offer {
    /// Would a second try be known?
    fn is_marked(&self) -> bool {
        self.0.iter().next().is_some_and(|mark| !mark.is_empty())
    }
}

/// Was the same call made before, perhaps with success?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Try {
    First,
    Second,
}

/// Events of one store on their way to one partition.
pub(crate) type Publishing = Together<Offer, Published>;

impl Store {
    /// Puts an event on the stream of its partition, with its mark and its copy for the archive, in one step. Events
    /// that are published at the same time through one store travel together.
    ///
    /// # Errors
    /// After [`StoreError::TimedOut`] or [`StoreError::Unreachable`] the event may or may not be in: the sender's
    /// next try meets the mark if it is. After [`StoreError::TooFewReplicas`] it is in.
    pub async fn publish(
        &self,
        event: &RawEvent,
        mark: Option<Mark>,
        archive: bool,
    ) -> Result<Published, StoreError> {
        let store = self.of(&event.id);
        let publish = {
            let store = store.clone();
            move |offers| publish_all(store.clone(), offers)
        };
        store.publishing().ask(offer(event, mark, archive), event.body.bytes.len(), publish).await
    }
}

fn offer(event: &RawEvent, mark: Option<Mark>, archive: bool) -> Offer {
    let meta = meta(event, &event.trace);
    let mut offer = Args::with_capacity(EVENT, meta.len() + event.body.bytes.len() + OTHERS);
    match mark {
        Some(mark) => {
            let (field, bucket) = place(event.id.as_str());
            offer.write_arg(&field);
            offer.write_arg_fmt(bucket);
            offer.write_arg_fmt(rand::random_range(10_000..100_000_u32));
            offer.write_arg_fmt(u64::try_from(mark.window.as_millis()).unwrap_or(u64::MAX).max(1));
        }
        None => ["", "0", "0", "1"].iter().for_each(|none| offer.write_arg(none.as_bytes())),
    }
    offer.write_arg_fmt(u8::from(archive));
    offer.write_arg(event.id.as_str().as_bytes());
    offer.write_arg(meta.as_bytes());
    offer.write_arg(&event.body.bytes);
    Offer(offer)
}

async fn publish_all(
    store: Store,
    offers: Vec<Offer>,
) -> Result<Vec<Result<Published, StoreError>>, StoreError> {
    let published = match offer_all(&store, &offers, Try::First).await {
        Err(StoreError::Unreachable(error)) => offer_again(&store, &offers, error).await?,
        answers => answers?.into_iter().map(|answer| Ok(published(&answer))).collect(),
    };
    // For a repeat too: its first try may have been answered 503 for want of replicas.
    store.replicated().await?;
    Ok(published)
}

/// The shared connection broke, as each does with its first command after a restart of Redis. Once more, on a new one,
/// whatever surely was not executed (nobody listened when we last connected), or has a mark to be known by: if the first
/// try was executed, the second finds the mark with this offer's own number, and is accepted as the first was.
async fn offer_again(
    store: &Store,
    offers: &[Offer],
    error: RedisError,
) -> Result<Vec<Result<Published, StoreError>>, StoreError> {
    let unsure = !error.is_connection_refusal();
    let may = |offer: &&Offer| !unsure || offer.is_marked();
    let chosen: Vec<&Offer> = offers.iter().filter(may).collect();
    if chosen.is_empty() {
        return Err(error.into());
    }
    let mut answers = offer_all(store, chosen, Try::Second).await?.into_iter();
    let each = offers.iter().map(|offer| match may(&offer).then(|| answers.next()).flatten() {
        Some(answer) => Ok(published(&answer)),
        None => Err(error.clone().into()),
    });
    Ok(each.collect())
}

async fn offer_all<'o>(
    store: &Store,
    offers: impl IntoIterator<Item = &'o Offer>,
    which: Try,
) -> Result<Vec<String>, StoreError> {
    let keys = &store.keys;
    let mut call = MOVES.call(&PUBLISH);
    call.key(keys.events()).key(keys.archive()).key(keys.marks());
    call.arg(u8::from(which == Try::Second)).arg(META);
    for Offer(args) in offers {
        call.args(args);
    }
    store.run(&call).await
}

fn published(answer: &str) -> Published {
    if answer == "duplicate" { Published::Duplicate } else { Published::Accepted }
}

/// The short name of an id among the marks, and its bucket.
fn place(id: &str) -> ([u8; 10], u32) {
    let digest = Sha256::digest(id.as_bytes());
    let bucket = u32::from_be_bytes(digest[..4].try_into().expect("a digest has 32 bytes")) % BUCKETS;
    (digest[4..14].try_into().expect("a digest has 32 bytes"), bucket)
}
