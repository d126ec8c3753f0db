//! `[dead_letters]`: how long they are kept, and what may become of them then.

use std::time::Duration;

use crate::section::Section;
use crate::shape::{Key, Kind, Shape};

/// How long dead letters stay in Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeadLetters {
    pub max_age: Duration,
    /// In each partition.
    pub max_entries: u64,
    pub when_due: WhenDue,
}

/// What becomes of a dead letter that is too old, or one too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenDue {
    /// It leaves Redis once PostgreSQL has it, and not before.
    Archive,
    Keep,
    Discard,
}

const WAYS: &[&str] = &["archive", "keep", "discard"];

pub(crate) static DEAD_LETTERS: Shape = Shape {
    title: "[dead_letters]",
    about: "How long dead letters stay in Redis. None leaves unseen: there is a warning, and an alert where one watches \
            `dead_letter_retention`, before the first is due; each that leaves is logged, counted and told in its event's \
            life.",
    keys: &[
        Key::new(
            "max_age",
            Kind::SECONDS,
            "Seconds after which a dead letter is due. A warning is logged when the oldest has a tenth of it left.",
        )
        .default("2592000"),
        Key::new(
            "max_entries",
            Kind::Whole { min: 1, max: 100_000_000 },
            "Dead letters in each partition; of more than these, the oldest are due. A warning is logged from four fifths \
             on.",
        )
        .default("100000"),
        Key::new(
            "when_due",
            Kind::OneOf(WAYS),
            "`archive`: what is due leaves once `hookstream-archiver` has it in PostgreSQL, and stays where none runs; \
             `keep`: it stays, and is warned of; `discard`: it is thrown away, for good.",
        )
        .default("\"archive\""),
    ],
};

pub(crate) fn read(whole: &Section<'_>) -> DeadLetters {
    let section = whole.table("dead_letters", &DEAD_LETTERS);
    let when_due = match section.text("when_due").as_deref() {
        Some("keep") => WhenDue::Keep,
        Some("discard") => WhenDue::Discard,
        _ => WhenDue::Archive,
    };
    DeadLetters {
        max_age: section.seconds("max_age"),
        max_entries: section.whole("max_entries").unwrap_or_default(),
        when_due,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(file: &str) -> Result<DeadLetters, String> {
        let read = crate::parse(&format!("[dead_letters]\n{file}"), "hookstream.toml", &|_| None);
        read.map(|settings| settings.dead_letters).map_err(|mistakes| mistakes.to_string())
    }

    #[test]
    fn nothing_is_thrown_away_unless_that_is_said() {
        assert_eq!(with("").unwrap().when_due, WhenDue::Archive);
        assert_eq!(with("when_due = \"keep\"").unwrap().when_due, WhenDue::Keep);
        assert_eq!(with("when_due = \"discard\"").unwrap().when_due, WhenDue::Discard);
        assert!(with("when_due = \"drop\"").unwrap_err().contains("archive"));
        assert!(with("max_age = 0").is_err() && with("max_entries = 0").is_err());
    }
}
