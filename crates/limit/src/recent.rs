//! A map that forgets whom it has not met for long.

use std::collections::HashMap;
use std::net::IpAddr;

/// Values by client, of the latest `2 × half` clients at most. Two generations: what is used moves to the young one;
/// when that is full, the old one is dropped as a whole and the young one grows old.
#[derive(Debug)]
pub(crate) struct Recent<V> {
    young: HashMap<IpAddr, V>,
    old: HashMap<IpAddr, V>,
    half: usize,
}

// === impl Recent ===

impl<V: Default> Recent<V> {
    pub(crate) fn new(most: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), half: (most / 2).max(1) }
    }

    pub(crate) fn of(&mut self, client: IpAddr) -> &mut V {
        if !self.young.contains_key(&client) {
            let value = self.old.remove(&client).unwrap_or_default();
            if self.young.len() >= self.half {
                self.old = std::mem::take(&mut self.young);
            }
            self.young.insert(client, value);
        }
        self.young.entry(client).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(n: u32) -> IpAddr {
        IpAddr::V4(n.into())
    }

    #[test]
    fn it_never_grows_over_its_bound_and_keeps_whom_it_meets() {
        let mut recent = Recent::<u32>::new(100);
        for n in 0..10_000 {
            *recent.of(client(n)) = n;
            *recent.of(client(0)) += 1;
            assert!(recent.young.len() + recent.old.len() <= 100);
        }
        assert_eq!(*recent.of(client(9_999)), 9_999);
        assert_eq!(*recent.of(client(1)), 0, "forgotten");
        assert_eq!(*recent.of(client(0)), 10_000, "met all the time");
    }
}
