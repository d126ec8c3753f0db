//! `[quarantine]`: refused requests that a mistake may explain, kept so that they can be judged again.

use std::time::Duration;

use crate::section::Section;
use crate::shape::{Key, Kind, Shape};

/// How much is kept of what was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantine {
    pub enabled: bool,
    /// Requests kept at once, of all addresses; one address holds at most a quarter.
    pub max_entries: usize,
    /// Bytes kept at once, headers and bodies, of all addresses; one address holds at most a quarter.
    pub max_bytes: usize,
    pub max_age: Duration,
    /// Requests of one address kept within a minute.
    pub per_address: u32,
}

/// 1 GiB: the quarantine shares Redis' memory with events that were accepted.
const MOST_BYTES: i64 = 1_073_741_824;

pub(crate) static QUARANTINE: Shape = Shape {
    title: "[quarantine]",
    about: "Requests refused for a reason that a mistake may explain (a signature that is missing, malformed, stale \
            or wrong, another Content-Type, a malformed body) are kept for a while: once the secret or the \
            configuration is mended, `hookstream refused replay` sends them through verification again. When it is \
            full, the oldest go. One address holds at most a quarter of it.",
    keys: &[
        Key::new("enabled", Kind::Flag, "Whether refused requests are kept at all.").default("true"),
        Key::new("max_entries", Kind::Whole { min: 4, max: 100_000 }, "Requests kept at once.").default("1000"),
        Key::new(
            "max_bytes",
            Kind::Whole { min: 4096, max: MOST_BYTES },
            "Bytes kept at once, headers and bodies together. A request larger than a quarter of it is not kept.",
        )
        .default("16777216"),
        Key::new("max_age", Kind::SECONDS, "Seconds for which a refused request is kept.").default("86400"),
        Key::new("per_address", Kind::POSITIVE, "Requests of one address kept within a minute.").default("20"),
    ],
};

pub(crate) fn read(whole: &Section<'_>) -> Quarantine {
    let section = whole.table("quarantine", &QUARANTINE);
    Quarantine {
        enabled: section.flag("enabled"),
        max_entries: section.whole("max_entries").unwrap_or_default(),
        max_bytes: section.whole("max_bytes").unwrap_or_default(),
        max_age: section.seconds("max_age"),
        per_address: section.whole("per_address").unwrap_or_default(),
    }
}
