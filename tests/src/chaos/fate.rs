//! What becomes of each event, settled by its number alone: sender, handler and verdict need no word between them.

/// The most retries that a route makes; `Never` uses them all.
pub(super) const RETRIES: u32 = 8;
/// Routes with their priority; each takes the events of its name, but for `copy`.
pub(super) const ROUTES: [(&str, &str); 4] =
    [("critical", "critical"), ("high", "high"), ("normal", "normal"), ("low", "low")];
/// A second route for every sixteenth event.
pub(super) const COPY: &str = "copy";
/// The type of those.
pub(super) const BOTH: &str = "both";

/// How the handler treats an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// 200 at once.
    Taken,
    /// 200 after a while.
    Slow,
    /// 503 on so many first attempts.
    Again(u32),
    /// 410: a dead letter at once.
    Gone,
    /// 500 each time: a dead letter in the end.
    Never,
}

// === impl Fate ===

impl Fate {
    pub(super) fn of(n: u32) -> Self {
        match mixed(n) % 1000 {
            0..20 => Self::Again(1 + n % 2),
            20..25 => Self::Gone,
            25..27 => Self::Never,
            27..47 => Self::Slow,
            _ => Self::Taken,
        }
    }

    /// The handler's status for an attempt, the first being 1.
    pub(super) fn answer(self, attempt: u32) -> u16 {
        match self {
            Self::Again(times) if attempt <= times => 503,
            Self::Taken | Self::Slow | Self::Again(_) => 200,
            Self::Gone => 410,
            Self::Never => 500,
        }
    }

    /// Must it end as a dead letter?
    pub(super) fn dies(self) -> bool {
        matches!(self, Self::Gone | Self::Never)
    }
}

/// The event's type.
pub(super) fn event_type(n: u32) -> &'static str {
    if is_copied(n) { BOTH } else { ROUTES[n as usize % 4].0 }
}

/// The jobs that an event becomes: 2n for its first route, 2n + 1 for its copy.
pub(super) fn jobs(n: u32) -> impl Iterator<Item = u32> {
    [2 * n, 2 * n + 1].into_iter().take(1 + usize::from(is_copied(n)))
}

/// The number of an event's job on a route; none if it should not be there.
pub(super) fn job(n: u32, route: &str) -> Option<u32> {
    match (route, is_copied(n)) {
        (COPY, true) => Some(2 * n + 1),
        ("normal", true) => Some(2 * n),
        (route, false) if route == ROUTES[n as usize % 4].0 => Some(2 * n),
        _ => None,
    }
}

fn is_copied(n: u32) -> bool {
    n % 16 == 5
}

/// Neighbours fare differently, and each run the same.
fn mixed(n: u32) -> u64 {
    let mut x = u64::from(n).wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fate_befalls_some_event_and_most_are_taken() {
        let fates: Vec<Fate> = (0..10_000).map(Fate::of).collect();
        let share = |wanted: fn(&Fate) -> bool| fates.iter().filter(|fate| wanted(fate)).count();
        assert!(share(|fate| *fate == Fate::Taken) > 9_000);
        for some in [
            share(|fate| matches!(fate, Fate::Again(1))),
            share(|fate| matches!(fate, Fate::Again(2))),
            share(|fate| *fate == Fate::Gone),
            share(|fate| *fate == Fate::Never),
            share(|fate| *fate == Fate::Slow),
        ] {
            assert!(some > 5);
        }
    }

    #[test]
    fn an_event_that_two_routes_take_becomes_two_jobs() {
        assert_eq!(jobs(4).collect::<Vec<_>>(), [8]);
        assert_eq!(jobs(5).collect::<Vec<_>>(), [10, 11]);
        assert_eq!((job(4, "critical"), job(4, "high"), job(4, COPY)), (Some(8), None, None));
        assert_eq!((job(5, "normal"), job(5, COPY), job(5, "high")), (Some(10), Some(11), None));
    }
}
