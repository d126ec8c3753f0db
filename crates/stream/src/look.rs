//! Looking at a stream's entries as they stand there, without taking any.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;
use event::{EventId, Millis};

use crate::{Store, StoreError, packed};

/// An entry of a stream, as it stands there.
#[derive(Debug, Clone)]
pub struct Entry {
    /// By which operators name it. Its first part is the time at which it was added, in ms; `@3` at its end says that
    /// it is in the partition 3, and nothing that it is in the first.
    pub id: String,
    /// Unpacked.
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

    /// Every field; a body that is not text comes as base 64 in `body_base64`.
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

    /// When it was added, by Redis' clock.
    pub fn at(&self) -> Option<Millis> {
        EntryId::parse(&self.id).map(EntryId::at)
    }

    pub(crate) fn new((id, stored): (String, Vec<(String, Bytes)>)) -> Self {
        let mut fields = Vec::with_capacity(stored.len());
        for (name, value) in stored {
            match packed::unpack(name.as_bytes(), &value) {
                Some(parts) => fields.extend(parts.map(|(name, value)| (name.into_owned(), value.into()))),
                None => fields.push((name, value)),
            }
        }
        Self { id, fields }
    }

    pub(crate) fn in_partition(mut self, number: u16) -> Self {
        self.id = full_id(self.id, number);
        self
    }
}

/// Numbers as numbers, headers as JSON, and what is empty as null.
pub(crate) fn json_value(name: &str, text: &str) -> serde_json::Value {
    match name {
        "body" => text.into(),
        _ if text.is_empty() => serde_json::Value::Null,
        "attempts" | "attempt" | "status" | "first_at" | "last_at" | "received_at" | "retry_count"
        | "timeout_ms" | "replays" => text.parse::<u64>().map_or_else(|_| text.into(), Into::into),
        "headers" | "routes" => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        _ => text.into(),
    }
}

/// An entry's id as operators name it.
pub(crate) fn full_id(id: String, partition: u16) -> String {
    if partition == 0 { id } else { format!("{id}@{partition}") }
}

/// An entry's id as operators name it (`1700000000000-0`, or `1700000000000-0@3`), as numbers: entries of all partitions
/// come in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryId {
    ms: u64,
    number: u64,
    pub(crate) partition: u16,
}

// === impl EntryId ===

impl EntryId {
    /// When the entry was added, by Redis' clock.
    pub fn at(self) -> Millis {
        Millis(self.ms)
    }

    /// None for what is not a whole id. Half of one names a range for Redis: a replay would take the first of that
    /// millisecond, and leave it where it is.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, partition) = text.split_once('@').unwrap_or((text, "0"));
        let (ms, number) = id.split_once('-')?;
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if ![ms, number, partition].into_iter().all(digits) {
            return None;
        }
        Some(Self { ms: ms.parse().ok()?, number: number.parse().ok()?, partition: partition.parse().ok()? })
    }

    /// The first of each, in their order, of texts that may name one entry twice, `01-0` after `1-0`.
    pub fn each_once<'i>(ids: &'i [String]) -> impl Iterator<Item = &'i str> + use<'i> {
        let mut seen = BTreeSet::new();
        ids.iter().map(String::as_str).filter(move |id| Self::parse(id).is_none_or(|id| seen.insert(id)))
    }

    /// Its place among those of its own partition.
    pub(crate) fn in_first(self) -> Self {
        Self { partition: 0, ..self }
    }

    /// As it stands in the stream.
    pub(crate) fn in_stream(self) -> String {
        format!("{}-{}", self.ms, self.number)
    }
}

/// A stream's entries in pages from the newest back, over a connection of their own: for people, not for programs.
pub(crate) struct Back<'s> {
    store: &'s Store,
    stream: &'s str,
    page: usize,
    pages_left: usize,
    end: String,
}

// === impl Back ===

impl<'s> Back<'s> {
    pub(crate) fn new(store: &'s Store, stream: &'s str, page: usize, most_pages: usize) -> Self {
        Self { store, stream, page, pages_left: most_pages, end: "+".to_owned() }
    }

    /// The next page, newest first; empty at the stream's oldest entry, or after so many pages.
    pub(crate) async fn next(&mut self) -> Result<Vec<Entry>, StoreError> {
        if self.pages_left == 0 {
            return Ok(Vec::new());
        }
        let mut command = redis::cmd("XREVRANGE");
        command.arg(self.stream).arg(&self.end).arg("-").arg("COUNT").arg(self.page);
        let found: Entries = command.query_async(&mut self.store.long_read().await?).await?;
        self.pages_left = if found.len() == self.page { self.pages_left - 1 } else { 0 };
        if let Some((last, _)) = found.last() {
            self.end = format!("({last}");
        }
        Ok(found.into_iter().map(Entry::new).collect())
    }

    /// All that are this event's, newest first.
    pub(crate) async fn of(mut self, event: &EventId) -> Result<Vec<Entry>, StoreError> {
        let mut found = Vec::new();
        loop {
            let page = self.next().await?;
            if page.is_empty() {
                return Ok(found);
            }
            found.extend(page.into_iter().filter(|entry| entry.text("event_id") == event.as_str()));
        }
    }
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

    /// The entry of this id.
    pub(crate) async fn entry(&self, stream: &str, id: EntryId) -> Result<Option<Entry>, StoreError> {
        let id = id.in_stream();
        let mut command = redis::cmd("XRANGE");
        command.arg(stream).arg(&id).arg(&id);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_named_by_two_numbers_and_perhaps_its_partition() {
        for id in ["1700000000000-0", "0-0", "1-18446744073709551615", "1-2@3"] {
            assert!(EntryId::parse(id).is_some(), "{id}");
        }
        for wrong in
            ["", "-", "1", "1-", "+1-0", "1-0-0", "99999999999999999999-0", "1-0@", "1-0@x", "1-0@99999"]
        {
            assert_eq!(EntryId::parse(wrong), None, "{wrong:?}");
        }
        assert_eq!(EntryId::parse("1-2@3").unwrap().in_stream(), "1-2");
    }

    #[test]
    fn entries_of_all_partitions_come_in_the_order_of_their_times() {
        let ids = ["9-0", "10-0", "10-0@1", "10-2", "10-10@3", "11-0"].map(|id| EntryId::parse(id).unwrap());
        assert!(ids.is_sorted());
    }
}
