//! `[deduplication]` and `[archive]`: what is remembered of an event, and where.

use std::time::Duration;

use crate::environment;
use crate::section::Section;
use crate::shape::{Key, Kind, Shape};

/// How long an event that a provider sends again is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deduplication {
    pub window: Duration,
}

/// Whether events are copied for the archiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    pub enabled: bool,
}

pub(crate) static DEDUPLICATION: Shape = Shape {
    title: "[deduplication]",
    about: "An event that a provider sends again gets its first answer and is processed once.",
    keys: &[
        Key::new("window", Kind::SECONDS, "Seconds for which an event's id is remembered.").default("86400")
    ],
};

pub(crate) static ARCHIVE: Shape = Shape {
    title: "[archive]",
    about: "Events in PostgreSQL, written by `hookstream-archiver`.",
    keys: &[Key::new(
        "enabled",
        Kind::Flag,
        "The ingress copies each event to the archiver's stream, where events wait until PostgreSQL has them. On \
         where `DATABASE_URL` is set for the ingress, unless said here.",
    )],
};

pub(crate) fn read(whole: &Section<'_>) -> (Deduplication, Archive) {
    let window = whole.table("deduplication", &DEDUPLICATION).seconds("window");
    let archive = whole.table("archive", &ARCHIVE);
    let enabled = if archive.has("enabled") {
        archive.flag("enabled")
    } else {
        environment::is_set(whole.report, "DATABASE_URL")
    };
    (Deduplication { window }, Archive { enabled })
}
