//! Refused senders wait for their turn, so that a flood of refusals leaves room for those who prove themselves.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// When each refusal may be answered.
///
/// Whoever sends again only after the answer, as HTTP has it, sends no faster than its turns come, however many
/// connections it has; a sender that proves itself never waits here. All refused share one row: a flood comes from many
/// addresses as easily as from one.
#[derive(Debug, Default)]
pub struct Turns {
    /// When the row will be empty; None: nobody has ever stood in it.
    empty_at: Mutex<Option<Instant>>,
}

/// Senders give up after some time. More than these do not fit into the row: they all wait this long.
const LONGEST: Duration = Duration::from_secs(5);

// === impl Turns ===

impl Turns {
    /// How long the next refusal waits, where `per_second` are answered; 0: all at once. A fifth of a second's come
    /// at once after a pause.
    pub fn take(&self, per_second: u32, now: Instant) -> Duration {
        if per_second == 0 {
            return Duration::ZERO;
        }
        let each = Duration::from_secs(1) / per_second;
        let at_once = each * (per_second / 5).max(1);
        let mut empty_at = self.empty_at.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = empty_at.map_or(now, |at| at.max(now));
        let wait = (turn - now).saturating_sub(at_once - each);
        if wait > LONGEST {
            return LONGEST;
        }
        *empty_at = Some(turn + each);
        wait
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn few_do_not_wait_and_many_come_one_by_one() {
        let (turns, start) = (Turns::default(), Instant::now());
        let waits: Vec<_> = (0..13).map(|_| turns.take(50, start).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 40, 60]);
        assert_eq!(turns.take(50, start + Duration::from_secs(1)), Duration::ZERO);
        assert_eq!(turns.take(0, start), Duration::ZERO);
        let one = Turns::default();
        assert_eq!([one.take(1, start), one.take(1, start)], [Duration::ZERO, Duration::from_secs(1)]);
    }

    #[test]
    fn nobody_waits_longer_than_senders_do() {
        let (turns, start) = (Turns::default(), Instant::now());
        let longest = (0..10_000).map(|_| turns.take(100, start)).max();
        assert_eq!(longest, Some(LONGEST));
        assert_eq!(turns.take(100, start + Duration::from_secs(6)), Duration::ZERO, "the row did not grow");
    }

    proptest! {
        /// Each asks again as soon as it was answered.
        #[test]
        fn however_many_ask_no_more_are_answered(per_second in 1u32..400, senders in 1usize..80) {
            let (turns, start) = (Turns::default(), Instant::now());
            let (mut due, mut answered) = (vec![start; senders], 0u32);
            let end = start + Duration::from_secs(2);
            while let Some(next) = due.iter_mut().filter(|at| **at < end).min() {
                let wait = turns.take(per_second, *next);
                answered += 1;
                *next += wait.max(Duration::from_micros(100));
                prop_assume!(wait < LONGEST);
            }
            let most = 2 * per_second + (per_second / 5).max(1) + 1 + senders as u32;
            prop_assert!(answered <= most, "{} of {}", answered, most);
        }
    }
}
