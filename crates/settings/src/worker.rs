//! `[worker]`: how jobs are delivered and retried.

use std::time::Duration;

use crate::section::Section;
use crate::shape::{Key, Kind, Shape};

/// What holds for every delivery of a worker process.
#[derive(Debug, Clone, PartialEq)]
pub struct Worker {
    /// Deliveries under way at once, in one process.
    pub concurrency: usize,
    /// The n-th retry (from 1) waits `backoff_base · 2^n`, at most `backoff_cap`.
    pub backoff_base: Duration,
    pub backoff_cap: Duration,
    /// Share of the wait that is random, 0 to 1.
    pub jitter: f64,
    /// A job taken from so many consumers that died is dead: it may be what kills them.
    pub poison_after: u32,
}

pub(crate) static WORKER: Shape = Shape {
    title: "[worker]",
    about: "Delivering and retrying.",
    keys: &[
        Key::new(
            "concurrency",
            Kind::Whole { min: 1, max: 65_536 },
            "Deliveries under way at once, in one worker process.",
        )
        .default("64"),
        Key::new(
            "backoff_base",
            Kind::SECONDS,
            "The n-th retry waits `backoff_base`·2^n seconds: 2, 4, 8 … with 1.",
        )
        .default("1"),
        Key::new("backoff_cap", Kind::SECONDS, "The longest wait between two attempts, in seconds.")
            .default("3600"),
        Key::new(
            "jitter",
            Kind::Number { min: 0.0, max: 1.0 },
            "Share of each wait that is random, so that a handler coming back is not met by all at once.",
        )
        .default("0.1"),
        Key::new(
            "poison_after",
            Kind::POSITIVE,
            "A job that was being delivered when so many workers died becomes a dead letter.",
        )
        .default("5"),
    ],
};

pub(crate) fn read(whole: &Section<'_>) -> Worker {
    let section = whole.table("worker", &WORKER);
    let worker = Worker {
        concurrency: section.whole("concurrency").unwrap_or_default(),
        backoff_base: section.seconds("backoff_base"),
        backoff_cap: section.seconds("backoff_cap"),
        jitter: section.number("jitter"),
        poison_after: section.whole("poison_after").unwrap_or_default(),
    };
    if worker.backoff_cap < worker.backoff_base {
        let (cap, base) = (worker.backoff_cap.as_secs_f64(), worker.backoff_base.as_secs_f64());
        let name = if section.has("backoff_cap") { "backoff_cap" } else { "backoff_base" };
        section.mistake(name, format!("`backoff_cap` ({cap} s) must not be below `backoff_base` ({base} s)"));
    }
    worker
}
