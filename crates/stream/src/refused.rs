//! The quarantine: refused requests that a mistake of ours or theirs may explain, until they are judged again.
//!
//! `hs:{0}:refused` is a bounded log, the one stream that is trimmed: by count, bytes and age. Nobody was promised
//! anything for what it holds.

use std::time::Duration;

use bytes::Bytes;
use event::{Headers, Millis};

use crate::look::{Entry, EntryId};
use crate::moves::MOVES;
use crate::{Function, Store, StoreError};

pub(crate) static REFUSE: Function = Function::growing("refuse", include_str!("lua/refuse.lua"));
pub(crate) static RELEASE: Function = Function::draining("release", include_str!("lua/release.lua"));

/// A refused request, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub endpoint: String,
    /// The sender's address, as limits count it (`203.0.113.9`, `2001:db8::/64`): shares are by it.
    pub client: String,
    pub received_at: Millis,
    /// The refusal's code, as the sender was told.
    pub code: String,
    /// The whole reason.
    pub reason: String,
    /// The id that the sender was told.
    pub request_id: String,
    /// Without credentials.
    pub headers: Headers,
    /// Exactly as sent.
    pub body: Bytes,
}

/// How much the quarantine holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// One address holds at most a quarter.
    pub entries: usize,
    /// One address holds at most a quarter.
    pub bytes: usize,
    pub age: Duration,
    /// Entries of one address within a minute.
    pub per_address: u32,
}

/// An entry of `hs:{0}:refused`, as it stands there. Its id starts with the time at which it was kept, in ms.
pub type RefusedEntry = Entry;

/// Some refused requests, oldest first.
#[derive(Debug, Clone)]
pub struct RefusedPage {
    pub refused: Vec<RefusedEntry>,
    /// Where the next page begins; none after the last.
    pub next: Option<String>,
}

// === impl Refused ===

impl Refused {
    fn fields(&self) -> [(&'static str, Vec<u8>); 8] {
        [
            ("endpoint", self.endpoint.as_str().into()),
            ("client", self.client.as_str().into()),
            ("received_at", self.received_at.0.to_string().into()),
            ("code", self.code.as_str().into()),
            ("reason", self.reason.as_str().into()),
            ("request_id", self.request_id.as_str().into()),
            ("headers", self.headers.to_json().into()),
            ("body", self.body.to_vec()),
        ]
    }
}

/// What was kept, read from the entry.
impl From<&RefusedEntry> for Refused {
    fn from(entry: &RefusedEntry) -> Self {
        let text = |name: &str| entry.text(name).to_owned();
        Self {
            endpoint: text("endpoint"),
            client: text("client"),
            received_at: Millis(entry.text("received_at").parse().unwrap_or_default()),
            code: text("code"),
            reason: text("reason"),
            request_id: text("request_id"),
            headers: Headers::from_json(entry.text("headers")),
            body: Bytes::copy_from_slice(entry.bytes("body").unwrap_or_default()),
        }
    }
}

impl Store {
    /// Keeps a refused request, unless its address has had its share. False if it was not kept.
    ///
    /// # Errors
    /// Redis is away or full: it is not kept.
    pub async fn refuse(&self, refused: &Refused, bounds: &Bounds) -> Result<bool, StoreError> {
        let mut call = MOVES.call(&REFUSE);
        call.key(self.keys.refused())
            .key(self.keys.refused_sizes())
            .key(self.keys.refused_from(&refused.client));
        call.arg(&refused.client).arg(bounds.entries).arg(bounds.bytes);
        call.arg(u64::try_from(bounds.age.as_millis()).unwrap_or(u64::MAX).max(1)).arg(bounds.per_address);
        for (name, value) in refused.fields() {
            call.arg(name).arg(value);
        }
        Ok(self.run::<String>(&call).await? == "kept")
    }

    /// Takes a refused request out of the quarantine. False if there is none of that id.
    ///
    /// # Errors
    /// Redis is away: it may be gone all the same.
    pub async fn release(&self, id: &str) -> Result<bool, StoreError> {
        if entry_id(id).is_none() {
            return Ok(false);
        }
        let mut call = MOVES.call(&RELEASE);
        call.key(self.keys.refused()).key(self.keys.refused_sizes()).arg(id);
        Ok(self.run::<u8>(&call).await? == 1)
    }

    /// Refused requests from `cursor` on (`-` for the oldest), at most `count`.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn refused(&self, cursor: &str, count: usize) -> Result<RefusedPage, StoreError> {
        let (refused, next) = self.entries_from(&self.keys.refused(), cursor, count).await?;
        Ok(RefusedPage { refused, next })
    }

    /// The newest refused requests, newest first.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn newest_refused(&self, count: usize) -> Result<Vec<RefusedEntry>, StoreError> {
        self.newest_entries(&self.keys.refused(), count).await
    }

    /// The refused request of this id; none for what is no id either.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn refused_entry(&self, id: &str) -> Result<Option<RefusedEntry>, StoreError> {
        match entry_id(id) {
            Some(id) => self.entry(&self.keys.refused(), id).await,
            None => Ok(None),
        }
    }

    /// Waits up to `block` for refused requests after `last` (`$`: from now on), on a connection of its own.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn next_refused(&self, last: &str, block: Duration) -> Result<Vec<RefusedEntry>, StoreError> {
        self.next_entries(&self.keys.refused(), last, block).await
    }
}

/// The quarantine is in the first partition as a whole.
fn entry_id(text: &str) -> Option<EntryId> {
    EntryId::parse(text).filter(|id| id.partition == 0)
}
