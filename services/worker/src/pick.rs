//! Which stream next: the most urgent first, and yet none starves.

use event::Priority;

/// How often each stream comes first where all of them are full: 8, 4, 2 and 1 of 15 times.
const WEIGHTS: [i32; 4] = [8, 4, 2, 1];

/// Chooses the order in which the streams are emptied.
///
/// The first is chosen by smooth weighted round robin (each stream gains its weight, the richest comes first and pays
/// the sum): a turn that comes up for an empty stream goes to the others in strict order. So `high` gets fourteen of
/// fifteen turns beside a backlog of `low`, `low` one in fifteen at the worst, and an idle stream costs nothing.
#[derive(Debug, Default)]
pub(crate) struct Picker {
    credit: [i32; 4],
}

// === impl Picker ===

impl Picker {
    pub(crate) fn pick(&mut self) -> [Priority; 4] {
        let mut first = Priority::Critical;
        for priority in Priority::ALL {
            self.credit[priority.index()] += WEIGHTS[priority.index()];
            if self.credit[priority.index()] > self.credit[first.index()] {
                first = priority;
            }
        }
        self.credit[first.index()] -= WEIGHTS.iter().sum::<i32>();
        let mut order = Priority::ALL;
        order[..=first.index()].rotate_right(1);
        order
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// How many turns each stream gets of `turns`, where those of `full` never run empty.
    fn shares(full: &[Priority], turns: usize) -> [usize; 4] {
        let mut picker = Picker::default();
        let mut shares = [0; 4];
        for _ in 0..turns {
            let order = picker.pick();
            if let Some(served) = order.into_iter().find(|priority| full.contains(priority)) {
                shares[served.index()] += 1;
            }
        }
        shares
    }

    #[test]
    fn high_gets_fourteen_of_fifteen_turns_beside_a_backlog_of_low() {
        assert_eq!(shares(&[Priority::High, Priority::Low], 15), [0, 14, 0, 1]);
    }

    #[test]
    fn a_stream_alone_gets_every_turn() {
        assert_eq!(shares(&[Priority::Low], 30), [0, 0, 0, 30]);
    }

    #[test]
    fn the_rest_follows_in_strict_order() {
        let mut picker = Picker::default();
        for _ in 0..60 {
            let order = picker.pick();
            assert!(order[1..].is_sorted(), "{order:?}");
        }
    }

    proptest! {
        #[test]
        fn under_full_backlog_each_stream_gets_its_weight(rounds in 1_usize..200) {
            let shares = shares(&Priority::ALL, 15 * rounds);
            prop_assert_eq!(shares, [8 * rounds, 4 * rounds, 2 * rounds, rounds]);
        }

        #[test]
        fn an_order_always_holds_all_four(turns in 1_usize..500) {
            let mut picker = Picker::default();
            for _ in 0..turns {
                let mut order = picker.pick();
                order.sort_unstable();
                prop_assert_eq!(order, Priority::ALL);
            }
        }

        #[test]
        fn no_stream_waits_longer_than_a_round(start in 0_usize..100) {
            let mut picker = Picker::default();
            let firsts: Vec<_> = (0..start + 15).map(|_| picker.pick()[0]).skip(start).collect();
            for priority in Priority::ALL {
                prop_assert!(firsts.contains(&priority));
            }
        }
    }
}
