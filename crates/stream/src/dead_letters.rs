//! What operators do with dead letters: look, follow, replay, discard.

use std::sync::LazyLock;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;

use crate::{Script, Store, StoreError};

static REPLAY: LazyLock<Script> = LazyLock::new(|| Script::growing(include_str!("lua/replay.lua")));

/// An entry of `hs:{0}:dead`, as it stands there.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// The entry's id, by which operators name it. Its first part is the time at which the job was given up, in ms.
    pub id: String,
    fields: Vec<(String, Bytes)>,
}

/// Some dead letters, oldest first.
#[derive(Debug, Clone)]
pub struct DeadLetterPage {
    pub letters: Vec<DeadLetter>,
    /// Where the next page begins; none after the last.
    pub next: Option<String>,
}

/// What became of a request to replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replayed {
    /// The job is on its stream again, and no longer dead.
    Again,
    /// No such dead letter, or it was replayed or discarded before.
    Missing,
}

type Entries = Vec<(String, Vec<(String, Bytes)>)>;

// === impl DeadLetter ===

impl DeadLetter {
    pub fn fields(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.fields.iter().map(|(name, value)| (name.as_str(), &value[..]))
    }

    /// A field as text; empty if it is missing or is not text.
    pub fn text(&self, name: &str) -> &str {
        self.bytes(name).and_then(|value| std::str::from_utf8(value).ok()).unwrap_or_default()
    }

    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| &value[..])
    }

    /// Every field as it stands in the stream; a body that is not text comes as base 64 in `body_base64`.
    pub fn to_json(&self) -> serde_json::Value {
        let mut object = serde_json::Map::new();
        object.insert("id".to_owned(), self.id.as_str().into());
        for (name, value) in self.fields() {
            match std::str::from_utf8(value) {
                Ok(text) => object.insert(name.to_owned(), json_value(name, text)),
                Err(_) => object.insert(format!("{name}_base64"), BASE64_STANDARD.encode(value).into()),
            };
        }
        object.into()
    }

    fn new((id, fields): (String, Vec<(String, Bytes)>)) -> Self {
        Self { id, fields }
    }
}

/// Numbers as numbers, headers as JSON, and what is empty as null.
fn json_value(name: &str, text: &str) -> serde_json::Value {
    match name {
        "body" => text.into(),
        _ if text.is_empty() => serde_json::Value::Null,
        "attempts" | "status" | "first_at" | "last_at" | "received_at" | "retry_count" | "timeout_ms" => {
            text.parse::<u64>().map_or_else(|_| text.into(), Into::into)
        }
        "headers" => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        _ => text.into(),
    }
}

/// Is this the whole id of an entry? Half of one names a range for Redis: a replay would take the first letter of
/// that millisecond, and leave it where it is.
fn is_entry(id: &str) -> bool {
    id.split_once('-').is_some_and(|(time, number)| {
        [time, number].iter().all(|part| !part.starts_with('+') && part.parse::<u64>().is_ok())
    })
}

impl Store {
    /// Dead letters from `cursor` on (`-` for the oldest), at most `count`.
    pub async fn dead_letters(&self, cursor: &str, count: usize) -> Result<DeadLetterPage, StoreError> {
        let entries: Entries = redis::cmd("XRANGE")
            .arg(self.keys.dead())
            .arg(cursor)
            .arg("+")
            .arg("COUNT")
            .arg(count)
            .query_async(&mut self.commands())
            .await?;
        let letters: Vec<_> = entries.into_iter().map(DeadLetter::new).collect();
        let next = letters.last().filter(|_| letters.len() == count).map(|letter| format!("({}", letter.id));
        Ok(DeadLetterPage { letters, next })
    }

    /// The newest dead letters, newest first.
    pub async fn newest_dead_letters(&self, count: usize) -> Result<Vec<DeadLetter>, StoreError> {
        let entries: Entries = redis::cmd("XREVRANGE")
            .arg(self.keys.dead())
            .arg("+")
            .arg("-")
            .arg("COUNT")
            .arg(count)
            .query_async(&mut self.commands())
            .await?;
        Ok(entries.into_iter().map(DeadLetter::new).collect())
    }

    /// The dead letter of this id; none for what is no id either.
    pub async fn dead_letter(&self, id: &str) -> Result<Option<DeadLetter>, StoreError> {
        if !is_entry(id) {
            return Ok(None);
        }
        let entries: Entries = redis::cmd("XRANGE")
            .arg(self.keys.dead())
            .arg(id)
            .arg(id)
            .query_async(&mut self.commands())
            .await?;
        Ok(entries.into_iter().next().map(DeadLetter::new))
    }

    /// Waits up to `block` for dead letters after `last` (`$`: from now on), on a connection of its own.
    pub async fn next_dead_letters(
        &self,
        last: &str,
        block: Duration,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let mut connection = self.dedicated(block).await?;
        let reply: Option<Vec<(String, Entries)>> = redis::cmd("XREAD")
            .arg("COUNT")
            .arg(100)
            .arg("BLOCK")
            .arg(u64::try_from(block.as_millis()).unwrap_or(1000))
            .arg("STREAMS")
            .arg(self.keys.dead())
            .arg(last)
            .query_async(&mut connection)
            .await?;
        Ok(reply
            .unwrap_or_default()
            .into_iter()
            .flat_map(|(_, entries)| entries)
            .map(DeadLetter::new)
            .collect())
    }

    /// Starts a dead letter's job again, from its first attempt, by its original route.
    pub async fn replay(&self, id: &str) -> Result<Replayed, StoreError> {
        if !is_entry(id) {
            return Ok(Replayed::Missing);
        }
        let mut call = REPLAY.prepare();
        call.key(self.keys.dead());
        for stream in self.keys.all_jobs() {
            call.key(stream);
        }
        call.key(self.keys.events()).key(self.keys.archive()).arg(id);
        let answer: String = self.run(&call).await?;
        Ok(if answer == "replayed" { Replayed::Again } else { Replayed::Missing })
    }

    /// Throws a dead letter away. False if there is none of that id.
    pub async fn discard(&self, id: &str) -> Result<bool, StoreError> {
        if !is_entry(id) {
            return Ok(false);
        }
        let removed: u64 =
            redis::cmd("XDEL").arg(self.keys.dead()).arg(id).query_async(&mut self.commands()).await?;
        Ok(removed > 0)
    }
}
