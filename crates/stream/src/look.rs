//! Looking at a stream's entries as they stand there, without taking any.

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;

use crate::{Store, StoreError};

/// An entry of a stream, as it stands there.
#[derive(Debug, Clone)]
pub struct Entry {
    /// By which operators name it. Its first part is the time at which it was added, in ms.
    pub id: String,
    fields: Vec<(String, Bytes)>,
}

type Entries = Vec<(String, Vec<(String, Bytes)>)>;

// === impl Entry ===

impl Entry {
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

/// Is this the whole id of an entry? Half of one names a range for Redis: a replay would take the first of that
/// millisecond, and leave it where it is.
pub(crate) fn is_entry(id: &str) -> bool {
    id.split_once('-').is_some_and(|(time, number)| {
        [time, number].iter().all(|part| !part.starts_with('+') && part.parse::<u64>().is_ok())
    })
}

impl Store {
    /// Entries from `cursor` on, at most `count`, and where the next page begins.
    pub(crate) async fn entries_from(
        &self,
        stream: &str,
        cursor: &str,
        count: usize,
    ) -> Result<(Vec<Entry>, Option<String>), StoreError> {
        let mut command = redis::cmd("XRANGE");
        command.arg(stream).arg(cursor).arg("+").arg("COUNT").arg(count);
        let found: Entries = command.query_async(&mut self.commands()).await?;
        let entries: Vec<_> = found.into_iter().map(Entry::new).collect();
        let next = entries.last().filter(|_| entries.len() == count).map(|entry| format!("({}", entry.id));
        Ok((entries, next))
    }

    /// The newest entries, newest first.
    pub(crate) async fn newest_entries(&self, stream: &str, count: usize) -> Result<Vec<Entry>, StoreError> {
        let mut command = redis::cmd("XREVRANGE");
        command.arg(stream).arg("+").arg("-").arg("COUNT").arg(count);
        let found: Entries = command.query_async(&mut self.commands()).await?;
        Ok(found.into_iter().map(Entry::new).collect())
    }

    /// The entry of this id; none for what is no id either.
    pub(crate) async fn entry(&self, stream: &str, id: &str) -> Result<Option<Entry>, StoreError> {
        if !is_entry(id) {
            return Ok(None);
        }
        let mut command = redis::cmd("XRANGE");
        command.arg(stream).arg(id).arg(id);
        let found: Entries = command.query_async(&mut self.commands()).await?;
        Ok(found.into_iter().next().map(Entry::new))
    }

    /// Waits up to `block` for entries after `last`, on a connection of its own.
    pub(crate) async fn next_entries(
        &self,
        stream: &str,
        last: &str,
        block: Duration,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut connection = self.dedicated(block).await?;
        let mut command = redis::cmd("XREAD");
        command.arg("COUNT").arg(100).arg("BLOCK").arg(u64::try_from(block.as_millis()).unwrap_or(1000));
        command.arg("STREAMS").arg(stream).arg(last);
        let reply: Option<Vec<(String, Entries)>> = command.query_async(&mut connection).await?;
        Ok(reply.unwrap_or_default().into_iter().flat_map(|(_, found)| found).map(Entry::new).collect())
    }
}
