//! An event as the spool holds it: one line of JSON with all but its body, then the body to the byte.

use std::time::Duration;

use bytes::Bytes;
use event::RawEvent;
use serde::{Deserialize, Serialize};
use stream::Mark;

/// An event, and how it was to be published.
#[derive(Debug)]
pub(super) struct Record<'e> {
    pub(super) event: &'e RawEvent,
    pub(super) mark: Mark,
    pub(super) archive: bool,
}

/// The same, read.
#[derive(Debug, PartialEq)]
pub(super) struct Kept {
    pub(super) event: RawEvent,
    pub(super) mark: Duration,
    pub(super) archive: bool,
}

#[derive(Serialize)]
struct HeadOut<'e> {
    mark_ms: u64,
    archive: bool,
    event: &'e RawEvent,
}

#[derive(Deserialize)]
struct HeadIn {
    mark_ms: u64,
    archive: bool,
    event: RawEvent,
}

/// A record that is whole, but that this version can't read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("it has no line")]
    NoLine,
    #[error("its line can't be read: {0}")]
    Line(#[from] serde_json::Error),
}

// === impl Record ===

impl Record<'_> {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mark_ms = u64::try_from(self.mark.window.as_millis()).unwrap_or(u64::MAX);
        let head = HeadOut { mark_ms, archive: self.archive, event: self.event };
        let mut bytes = serde_json::to_vec(&head).expect("text and numbers are always JSON");
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.event.body.bytes);
        bytes
    }
}

// === impl Kept ===

impl Kept {
    pub(super) fn from_bytes(bytes: &Bytes) -> Result<Self, Unreadable> {
        // JSON has no line's end inside.
        let end = bytes.iter().position(|byte| *byte == b'\n').ok_or(Unreadable::NoLine)?;
        let HeadIn { mark_ms, archive, mut event } = serde_json::from_slice(&bytes[..end])?;
        event.body.bytes = bytes.slice(end + 1..);
        Ok(Self { event, mark: Duration::from_millis(mark_ms), archive })
    }
}

#[cfg(test)]
mod tests {
    use event::{Body, EventId, Headers, Millis};

    use super::*;

    #[test]
    fn an_event_comes_back_to_the_byte() {
        let event = RawEvent {
            id: EventId::from_text("evt_1"),
            endpoint: "in".to_owned(),
            source: "custom".to_owned(),
            event_type: "a\nb".to_owned(),
            received_at: Millis(1),
            headers: [("x-a", "\u{1F980}\n")].into_iter().collect::<Headers>(),
            body: Body {
                bytes: Bytes::from_static(b"\n{\x00\xff}\n"),
                content_type: "application/json".to_owned(),
                format: "json".to_owned(),
            },
            trace: String::new(),
            verified_by: "ab".to_owned(),
            awaited: false,
        };
        let mark = Mark { window: Duration::from_secs(5) };
        let bytes = Bytes::from(Record { event: &event, mark, archive: true }.to_bytes());
        let kept = Kept::from_bytes(&bytes).unwrap();
        assert_eq!(kept, Kept { event, mark: mark.window, archive: true });
        assert!(Kept::from_bytes(&Bytes::from_static(b"no line")).is_err());
    }
}
