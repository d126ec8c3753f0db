//! What the streams should hold, kept beside Redis in a plain map.

use std::collections::BTreeMap;
use std::fmt::Debug;

use stream::{Delivery, Keys};

use crate::census::Census;

/// What went otherwise than the book says, in words.
pub(crate) type Verdict = Result<(), String>;

/// Where one event or job should be.
#[derive(Debug, Clone)]
pub(crate) struct Spot {
    /// The stream's name without the prefix.
    pub(crate) stream: String,
    pub(crate) hold: Option<Hold>,
    /// In the retry stream, and its wait is over.
    pub(crate) due: bool,
}

/// Who has taken an entry.
#[derive(Debug, Clone)]
pub(crate) struct Hold {
    pub(crate) entry: String,
    pub(crate) owner: String,
    pub(crate) expired: bool,
}

/// Where each event that is no job yet, and each job, should be, by its name.
pub(crate) struct Book {
    keys: Keys,
    pub(crate) spots: BTreeMap<String, Spot>,
}

// === impl Book ===

impl Book {
    pub(crate) fn new(keys: Keys) -> Self {
        Self { keys, spots: BTreeMap::new() }
    }

    /// It stands in this stream now, in nobody's hands.
    pub(crate) fn put(&mut self, name: &str, stream: &str) {
        self.spots.insert(name.to_owned(), Spot { stream: stream.to_owned(), hold: None, due: false });
    }

    /// How many wait in these streams to be taken.
    pub(crate) fn waiting_in(&self, stream: &str) -> usize {
        self.spots.values().filter(|spot| spot.stream.starts_with(stream) && spot.hold.is_none()).count()
    }

    /// Somebody was handed what was in nobody's hands.
    pub(crate) fn hand_out<T>(&mut self, name: &str, delivery: &Delivery<T>, owner: &str) -> Verdict {
        same("already in hand", self.spots.get(name).map(|spot| spot.hold.is_some()), Some(false))?;
        self.take(name, delivery, owner)
    }

    /// Somebody was handed what another has let go.
    pub(crate) fn take_over<T>(&mut self, name: &str, delivery: &Delivery<T>, owner: &str) -> Verdict {
        same("a lease has run out", self.hold_of(delivery).map(|hold| hold.expired), Some(true))?;
        self.take(name, delivery, owner)
    }

    fn take<T>(&mut self, name: &str, delivery: &Delivery<T>, owner: &str) -> Verdict {
        let stream = self.keys.short(delivery.stream());
        let Some(spot) = self.spots.get_mut(name).filter(|spot| spot.stream == stream) else {
            return Err(format!("{name} was handed out of {stream}, where it should not be"));
        };
        let hold = Hold { entry: delivery.entry().to_owned(), owner: owner.to_owned(), expired: false };
        spot.hold = Some(hold);
        Ok(())
    }

    /// Is this entry in anybody's hands?
    pub(crate) fn hold_of<T>(&self, delivery: &Delivery<T>) -> Option<&Hold> {
        let stream = self.keys.short(delivery.stream());
        let spots = self.spots.values().filter(|spot| spot.stream == stream);
        spots.filter_map(|spot| spot.hold.as_ref()).find(|hold| hold.entry == delivery.entry())
    }

    pub(crate) fn is_owned<T>(&self, delivery: &Delivery<T>, by: &str) -> bool {
        self.hold_of(delivery).is_some_and(|hold| hold.owner == by)
    }

    pub(crate) fn renew<T>(&mut self, deliveries: &[Delivery<T>], by: &str) {
        for delivery in deliveries.iter().filter(|delivery| self.is_owned(delivery, by)).collect::<Vec<_>>() {
            let stream = self.keys.short(delivery.stream());
            let spots = self.spots.values_mut().filter(|spot| spot.stream == stream);
            let holds = spots.filter_map(|spot| spot.hold.as_mut());
            holds.filter(|hold| hold.entry == delivery.entry()).for_each(|hold| hold.expired = false);
        }
    }

    pub(crate) fn expired(&self) -> usize {
        self.spots.values().filter_map(|spot| spot.hold.as_ref()).filter(|hold| hold.expired).count()
    }

    pub(crate) fn time_passes(&mut self) {
        for spot in self.spots.values_mut() {
            spot.due = true;
            if let Some(hold) = &mut spot.hold {
                hold.expired = true;
            }
        }
    }

    /// The names of those whose wait in the retry stream is over.
    pub(crate) fn due(&self) -> Vec<String> {
        let due = self.spots.iter().filter(|(_, spot)| spot.stream == "retry" && spot.due);
        due.map(|(name, _)| name.clone()).collect()
    }

    /// Is everything where it should be, and nothing anywhere else?
    pub(crate) fn compare(&self, census: Census) -> Verdict {
        same("wrong", census.wrongs(self.spots.keys().map(String::as_str)), Vec::new())?;
        let spots = self.spots.iter().map(|(name, spot)| (name.clone(), vec![spot.stream.clone()]));
        same("places", census.places, spots.collect())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what is compared is made where it is")]
pub(crate) fn same<T: PartialEq + Debug>(what: &str, found: T, expected: T) -> Verdict {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?} instead of {expected:?}")) }
}
