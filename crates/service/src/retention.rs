//! Dead letters that leave because their time is up: by which limits, and that it is told.

use std::time::Duration;

use settings::DeadLetters;
use stream::{Expired, Retention};

use crate::{Meter, catalog};

/// How dead letters leave when they are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    Archived,
    Discarded,
}

/// Looked after this often, unless they are kept for moments only.
const LOOK_EVERY: Duration = Duration::from_secs(60);
const LOOK_AT_MOST_EVERY: Duration = Duration::from_secs(1);

/// The limits as Redis is told them.
pub fn retention(kept: &DeadLetters) -> Retention {
    Retention { max_age: kept.max_age, max_entries: kept.max_entries }
}

/// How often they are looked after: a twentieth of their time, so that a warning at its last tenth comes in time.
pub fn retention_rounds(kept: &DeadLetters) -> Duration {
    (kept.max_age / 20).clamp(LOOK_AT_MOST_EVERY, LOOK_EVERY)
}

/// Says and counts that these left.
pub fn tell_expired(meter: &Meter, expired: &[Expired], how: Leaving) {
    let (word, what) = match how {
        Leaving::Archived => ("archived", "a dead letter is archived and has left Redis: its time was up"),
        Leaving::Discarded => ("discarded", "a dead letter is thrown away: its time was up"),
    };
    for letter in expired {
        let Expired { id, event, route } = letter;
        meter.count(catalog::DEAD_LETTERS_EXPIRED, &[("how", word)]);
        match how {
            Leaving::Archived => tracing::info!(event.id = %event, route, dead_letter = id, "{what}"),
            Leaving::Discarded => tracing::warn!(event.id = %event, route, dead_letter = id, "{what}"),
        }
    }
}
