//! How many jobs one claim asks of each stream, so that a single round trip brings them. Pure.
//!
//! Most of the time most streams are empty, and to ask one after the other is to wait for Redis to say so, once for each.
//! All are asked at once instead: one job of each that was empty the last time, and all the rest of the first that was not.
//! The counts never sum to more than there is room for. Where the guess was wrong, the claim asks on.

use event::Priority;

/// One stream's part of a round trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) stream: Priority,
    pub(crate) count: usize,
    /// One job, to see whether there are any.
    probe: bool,
}

/// What may be left in a stream that was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    Nothing,
    Perhaps,
}

/// What the last claims found.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    /// Those that had less than they were asked for. At first none: a stream counts as full until it was asked.
    empty: [bool; 4],
    /// `critical` was probed, and there was something: whatever else it has goes first in the next claim.
    owed: bool,
}

// === impl Shares ===

impl Shares {
    /// The streams in the order in which they are to be emptied, each once.
    pub(crate) fn order(&self, order: [Priority; 4]) -> Vec<Priority> {
        let first = self.owed.then_some(Priority::Critical).filter(|owed| order.contains(owed));
        let mut streams = Vec::with_capacity(order.len());
        for stream in first.into_iter().chain(order) {
            if !streams.contains(&stream) {
                streams.push(stream);
            }
        }
        streams
    }

    /// What to ask of these streams at once, in their order; together it is exactly `count`.
    pub(crate) fn of(&self, streams: &[Priority], count: usize) -> Vec<Share> {
        let is_empty = |stream: &Priority| self.empty[stream.index()];
        let main = streams.iter().position(|stream| !is_empty(stream)).unwrap_or(0);
        let others = || streams.iter().enumerate().filter(|(place, _)| *place != main);
        let probes = others().filter(|(_, stream)| is_empty(stream)).count();
        if probes >= count {
            // Too little room to probe them all: one after the other.
            let first = streams.first().map(|stream| Share { stream: *stream, count, probe: false });
            return first.into_iter().collect();
        }
        let share = |(place, stream): (usize, &Priority)| {
            if place == main {
                return Some(Share { stream: *stream, count: count - probes, probe: false });
            }
            is_empty(stream).then_some(Share { stream: *stream, count: 1, probe: true })
        };
        streams.iter().enumerate().filter_map(share).collect()
    }

    /// A stream gave so many jobs of those that it was asked for.
    pub(crate) fn got(&mut self, share: &Share, jobs: usize) -> Left {
        let emptied = jobs < share.count;
        self.empty[share.stream.index()] = emptied;
        if share.stream == Priority::Critical {
            self.owed = share.probe && !emptied;
        }
        if emptied { Left::Nothing } else { Left::Perhaps }
    }
}

#[cfg(test)]
mod tests {
    use event::Priority::{Critical, High, Low, Normal};
    use proptest::prelude::*;

    use super::*;

    fn known_empty(streams: &[Priority]) -> Shares {
        let mut shares = Shares::default();
        streams.iter().for_each(|stream| shares.empty[stream.index()] = true);
        shares
    }

    fn counts(shares: &[Share]) -> Vec<(Priority, usize)> {
        shares.iter().map(|share| (share.stream, share.count)).collect()
    }

    /// A claim from streams that hold so many jobs. Returns what it takes of each.
    fn claim(shares: &mut Shares, held: &mut [usize; 4], order: [Priority; 4], count: usize) -> [usize; 4] {
        let (mut taken, mut streams) = ([0; 4], shares.order(order));
        while taken.iter().sum::<usize>() < count && !streams.is_empty() {
            for share in shares.of(&streams, count - taken.iter().sum::<usize>()) {
                let place = share.stream.index();
                let got = held[place].min(share.count);
                (held[place], taken[place]) = (held[place] - got, taken[place] + got);
                if shares.got(&share, got) == Left::Nothing {
                    streams.retain(|stream| *stream != share.stream);
                }
            }
        }
        taken
    }

    #[test]
    fn one_of_each_that_was_empty_and_the_rest_of_the_first_that_was_not() {
        let shares = known_empty(&[Critical, High, Low]);
        assert_eq!(
            counts(&shares.of(&Priority::ALL, 50)),
            [(Critical, 1), (High, 1), (Normal, 47), (Low, 1)]
        );
        assert_eq!(counts(&shares.of(&Priority::ALL, 4)), [(Critical, 1), (High, 1), (Normal, 1), (Low, 1)]);
        assert_eq!(counts(&shares.of(&Priority::ALL, 3)), [(Critical, 3)]);
        assert_eq!(counts(&known_empty(&[]).of(&[Low, Critical], 9)), [(Low, 9)]);
        assert_eq!(counts(&known_empty(&Priority::ALL).of(&[Low, Critical], 9)), [(Low, 8), (Critical, 1)]);
    }

    #[test]
    fn an_order_that_names_a_stream_twice_asks_it_once() {
        assert_eq!(Shares::default().order([Critical, High, Critical, High]), [Critical, High]);
    }

    fn orders() -> impl Strategy<Value = [Priority; 4]> {
        Just(Priority::ALL.to_vec()).prop_shuffle().prop_map(|order| order.try_into().unwrap())
    }

    proptest! {
        #[test]
        fn a_round_trip_asks_for_exactly_what_there_is_room_for(
            empty: [bool; 4], order in orders(), streams in 1_usize..=4, count in 1_usize..100,
        ) {
            let shares = Shares { empty, owed: false }.of(&order[..streams], count);
            prop_assert_eq!(shares.iter().map(|share| share.count).sum::<usize>(), count);
            prop_assert!(shares.iter().all(|share| share.count > 0));
            let places = shares.iter().map(|share| order.iter().position(|stream| *stream == share.stream));
            prop_assert!(places.collect::<Vec<_>>().is_sorted());
        }

        #[test]
        fn a_claim_takes_all_that_there_is_room_for(
            mut held in [0_usize..50, 0..50, 0..50, 0..50],
            claims in prop::collection::vec((orders(), 0_usize..60), 1..20),
        ) {
            let mut shares = Shares::default();
            for (order, count) in claims {
                let there = held.iter().sum::<usize>();
                let taken = claim(&mut shares, &mut held, order, count);
                prop_assert_eq!(taken.iter().sum::<usize>(), count.min(there));
            }
        }

        #[test]
        fn critical_found_empty_comes_with_the_next_claim_and_goes_first_in_the_one_after(
            others in [1_usize..500, 1..500, 1..500], orders in [orders(), orders()],
            critical in 1_usize..100, count in 4_usize..60,
        ) {
            let mut shares = known_empty(&[Critical]);
            let mut held = [critical, others[0], others[1], others[2]];
            let first = claim(&mut shares, &mut held, orders[0], count);
            prop_assert!(first[0] >= 1);
            let left = held[0];
            let second = claim(&mut shares, &mut held, orders[1], count);
            // Or it came first, or last of all, in the first already. One of each of the others is asked along.
            prop_assert!(first[0] > 1 || second[0] >= left.min(count - 3), "{first:?} {second:?}");
        }
    }
}
