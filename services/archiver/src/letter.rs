//! A dead letter as a row of PostgreSQL. Pure.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use event::Millis;
use serde_json::{Map, Value};
use stream::DeadLetter;

use crate::row::text;

/// What is stored of a dead letter.
#[derive(Debug)]
pub(crate) struct LetterRow<'l> {
    pub(crate) id: &'l str,
    pub(crate) event_id: Cow<'l, str>,
    pub(crate) endpoint: Cow<'l, str>,
    pub(crate) source: Cow<'l, str>,
    pub(crate) event_type: Cow<'l, str>,
    pub(crate) route: Cow<'l, str>,
    pub(crate) reason: Cow<'l, str>,
    pub(crate) error: Cow<'l, str>,
    /// Milliseconds since the epoch.
    pub(crate) dead_at: i64,
    pub(crate) body: &'l [u8],
    pub(crate) letter: String,
}

// === impl LetterRow ===

impl<'l> LetterRow<'l> {
    pub(crate) fn of(letter: &'l DeadLetter) -> Self {
        let field = |name| text(letter.text(name));
        Self {
            id: &letter.id,
            event_id: field("event_id"),
            endpoint: field("endpoint"),
            source: field("source"),
            event_type: field("event_type"),
            route: field("route"),
            reason: field("reason"),
            error: field("error"),
            dead_at: i64::try_from(letter.at().unwrap_or(Millis(0)).0).unwrap_or(i64::MAX),
            body: letter.bytes("body").unwrap_or_default(),
            letter: rest(letter),
        }
    }
}

/// Every field but the body, as text whatever it is: what can't be read must be kept too.
fn rest(letter: &DeadLetter) -> String {
    let mut all = Map::new();
    for (name, value) in letter.fields().filter(|(name, _)| *name != "body") {
        match std::str::from_utf8(value) {
            Ok(value) => all.insert(text(name).into_owned(), text(value).into()),
            Err(_) => all.insert(format!("{}_base64", text(name)), STANDARD.encode(value).into()),
        };
    }
    Value::from(all).to_string()
}
