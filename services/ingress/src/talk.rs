//! How much is said of refusals: each by itself, until there are so many that they would fill the disk.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What all threads have said within this second.
#[derive(Debug)]
pub(crate) struct Talk {
    second: Mutex<Second>,
}

#[derive(Debug)]
struct Second {
    began: Instant,
    said: u32,
    unsaid: u64,
}

/// May a line be written?
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct May {
    pub(crate) speak: bool,
    /// Lines that were not written before and are to be told of now as one.
    pub(crate) unsaid: u64,
}

/// Lines a second. Counts and the quarantine do not go by it.
const MOST: u32 = 100;

const SECOND: Duration = Duration::from_secs(1);

// === impl Talk ===

impl Talk {
    pub(crate) fn new(now: Instant) -> Self {
        Self { second: Mutex::new(Second { began: now, said: 0, unsaid: 0 }) }
    }

    pub(crate) fn may(&self, now: Instant) -> May {
        let mut second = self.second.lock().unwrap_or_else(PoisonError::into_inner);
        let over = now.saturating_duration_since(second.began) >= SECOND;
        let unsaid = if over { std::mem::take(&mut second.unsaid) } else { 0 };
        if over {
            *second = Second { began: now, said: 0, unsaid: 0 };
        }
        let speak = second.said < MOST;
        if speak {
            second.said += 1;
        } else {
            second.unsaid += 1;
        }
        May { speak, unsaid }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_told_of_by_its_number() {
        let start = Instant::now();
        let talk = Talk::new(start);
        let said = (0..1000).filter(|_| talk.may(start).speak).count();
        assert_eq!(said, 100);
        assert_eq!(talk.may(start + SECOND), May { speak: true, unsaid: 900 });
        assert_eq!(talk.may(start + SECOND), May { speak: true, unsaid: 0 });
        assert_eq!(talk.may(start + 5 * SECOND), May { speak: true, unsaid: 0 });
    }
}
