//! What may happen to the streams, in any order.

use proptest::prelude::*;

pub(crate) const CONSUMERS: usize = 3;

/// What may happen. Numbers choose among what there is.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Publish {
        event: usize,
    },
    Read {
        who: usize,
    },
    Route {
        who: usize,
        which: usize,
        routes: usize,
    },
    Claim {
        who: usize,
        count: usize,
    },
    /// Everybody renews what it believes to hold.
    Renew,
    Complete {
        who: usize,
        which: usize,
    },
    Retry {
        who: usize,
        which: usize,
        due: bool,
    },
    Defer {
        who: usize,
        which: usize,
        due: bool,
    },
    Bury {
        who: usize,
        which: usize,
    },
    SetAside {
        who: usize,
        which: usize,
    },
    /// A consumer dies while it moves a job to the retry stream.
    DieInRetry {
        who: usize,
        which: usize,
        executed: bool,
    },
    /// A consumer dies, and another comes in its place.
    Die {
        who: usize,
    },
    TakeOver {
        who: usize,
    },
    /// Every lease runs out that is not renewed, and every wait is over.
    TimePasses,
    Promote,
    Replay {
        which: usize,
    },
    Discard {
        which: usize,
    },
    /// Of more dead letters than `most`, the oldest leave, at most `count`.
    Expire {
        most: u64,
        count: usize,
    },
}

/// Some steps in a random order. Those that bring an event forward come more often, so that there is something to
/// go wrong with.
pub(crate) fn some_steps() -> impl Strategy<Value = Vec<Step>> {
    let who = || 0..CONSUMERS;
    let which = || 0..8_usize;
    prop::collection::vec(
        prop_oneof![
            6 => (0..12_usize).prop_map(|event| Step::Publish { event }),
            6 => who().prop_map(|who| Step::Read { who }),
            6 => (who(), which(), 0..=2_usize).prop_map(|(who, which, routes)| Step::Route { who, which, routes }),
            6 => (who(), 1..4_usize).prop_map(|(who, count)| Step::Claim { who, count }),
            3 => Just(Step::Renew),
            2 => (who(), which()).prop_map(|(who, which)| Step::Complete { who, which }),
            5 => (who(), which(), any::<bool>()).prop_map(|(who, which, due)| Step::Retry { who, which, due }),
            3 => (who(), which(), any::<bool>()).prop_map(|(who, which, due)| Step::Defer { who, which, due }),
            2 => (who(), which()).prop_map(|(who, which)| Step::Bury { who, which }),
            1 => (who(), which()).prop_map(|(who, which)| Step::SetAside { who, which }),
            2 => (who(), which(), any::<bool>())
                .prop_map(|(who, which, executed)| Step::DieInRetry { who, which, executed }),
            1 => who().prop_map(|who| Step::Die { who }),
            5 => who().prop_map(|who| Step::TakeOver { who }),
            3 => Just(Step::TimePasses),
            3 => Just(Step::Promote),
            2 => which().prop_map(|which| Step::Replay { which }),
            1 => which().prop_map(|which| Step::Discard { which }),
            1 => (1..4_u64, 1..3_usize).prop_map(|(most, count)| Step::Expire { most, count }),
        ],
        1..100,
    )
}
