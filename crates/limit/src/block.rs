//! One block: who, until when, and why.

use std::fmt::Display;
use std::time::Duration;

use event::Millis;
use serde::{Deserialize, Serialize, Serializer};

use crate::Client;
use crate::quota::seconds_up;

/// A client that is let in to nothing until a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Block {
    /// As [`Client::key`] writes it.
    pub client: String,
    pub reason: String,
    /// `limit`, `suspicion`, or the name of a person.
    pub by: String,
    #[serde(serialize_with = "as_text")]
    pub since: Millis,
    #[serde(serialize_with = "as_text")]
    pub until: Millis,
    /// Time left when this was read, by the clock of Redis; written in whole seconds.
    #[serde(rename = "seconds_left", serialize_with = "as_seconds")]
    pub left: Duration,
}

/// What stands beside a block in Redis.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Why {
    reason: String,
    by: String,
    since: f64,
}

// === impl Block ===

impl Block {
    /// A block made at `span.0` for `span.1`.
    pub(crate) fn made(client: &Client, span: (Millis, Duration), reason: String, by: &str) -> Self {
        let (since, left) = span;
        let until = Millis(since.0.saturating_add(crate::limiter::millis(left)));
        Self { client: client.key(), reason, by: by.to_owned(), since, until, left }
    }

    /// `why` is JSON; what it does not say stays empty.
    pub(crate) fn read(client: String, until: Millis, why: &str, now: Millis) -> Self {
        let Why { reason, by, since } = serde_json::from_str(why).unwrap_or_default();
        Self { client, reason, by, since: Millis(since as u64), until, left: until.since(now) }
    }
}

fn as_text<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

fn as_seconds<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(seconds_up(*value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_written_for_people_and_programs() {
        let why = r#"{"reason":"too much","by":"limit","since":1700000000000}"#;
        let block =
            Block::read("203.0.113.9".to_owned(), Millis(1_700_000_060_000), why, Millis(1_700_000_000_500));
        assert_eq!(
            serde_json::to_string(&block).unwrap(),
            "{\"client\":\"203.0.113.9\",\"reason\":\"too much\",\"by\":\"limit\",\
             \"since\":\"2023-11-14T22:13:20.000Z\",\"until\":\"2023-11-14T22:14:20.000Z\",\"seconds_left\":60}"
        );
    }

    #[test]
    fn a_block_without_a_reason_is_still_a_block() {
        let block = Block::read("203.0.113.9".to_owned(), Millis(9), "not JSON", Millis(4));
        assert_eq!((block.left, &*block.reason), (Duration::from_millis(5), ""));
    }
}
