//! More than Redis can take in: what comes is refused while what is there drains.

use std::fmt;

use service::State;
use settings::Overload;

/// What there is too much of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Strain {
    Queue { depth: u64, most: u64 },
    Memory { share: f64, most: f64 },
}

/// By the last look at Redis; nobody asks it for each request.
pub(crate) fn strain(state: &State, wanted: &Overload) -> Option<Strain> {
    let State::Well(vitals) = state else { return None };
    if wanted.max_queue_depth > 0 && vitals.backlog >= wanted.max_queue_depth {
        return Some(Strain::Queue { depth: vitals.backlog, most: wanted.max_queue_depth });
    }
    let share = vitals.memory_share()?;
    (share >= wanted.max_memory_share).then_some(Strain::Memory { share, most: wanted.max_memory_share })
}

impl fmt::Display for Strain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Queue { depth, most } => write!(f, "{depth} events and jobs wait, {most} may"),
            Self::Memory { share, most } => {
                write!(f, "{:.0} % of Redis' memory is in use, {:.0} % may be", share * 100.0, most * 100.0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use stream::Vitals;

    use super::*;

    fn judged(backlog: u64, used: u64, limit: u64, wanted: (u64, f64)) -> Option<Strain> {
        let vitals = Vitals { backlog, used_memory: used, max_memory: limit, ..Vitals::default() };
        let wanted = Overload { max_queue_depth: wanted.0, max_memory_share: wanted.1 };
        strain(&State::Well(vitals), &wanted)
    }

    #[test]
    fn a_queue_is_too_deep_at_its_bound_and_without_one_never() {
        assert_eq!(judged(9, 0, 0, (10, 0.9)), None);
        assert_eq!(judged(10, 0, 0, (10, 0.9)), Some(Strain::Queue { depth: 10, most: 10 }));
        assert_eq!(judged(u64::MAX, 0, 0, (0, 0.9)), None);
    }

    #[test]
    fn memory_counts_only_where_it_has_a_limit() {
        assert_eq!(judged(0, 89, 100, (0, 0.9)), None);
        assert_eq!(judged(0, 90, 100, (0, 0.9)), Some(Strain::Memory { share: 0.9, most: 0.9 }));
        assert_eq!(judged(0, 90, 0, (0, 0.9)), None);
    }

    #[test]
    fn what_is_not_known_refuses_nobody() {
        let wanted = Overload { max_queue_depth: 1, max_memory_share: 0.01 };
        assert_eq!(strain(&State::Unknown, &wanted), None);
        assert_eq!(strain(&State::Away("away".to_owned()), &wanted), None);
    }
}
