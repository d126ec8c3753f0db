//! What was fetched, by URL: a bounded number, each for a while.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use signature::Algorithm;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::chain::Chain;

/// A provider has a handful in use at once.
const MOST: usize = 64;

/// A failure is remembered so long: its sender tries again later than that.
const FAILED_FOR: Duration = Duration::from_secs(5);

/// The algorithm goes with the key that is made of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Name {
    pub(crate) url: String,
    pub(crate) algorithm: Algorithm,
}

/// Empty while it is being fetched; whoever finds it so waits, or fetches if the one who did is gone.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) chain: OnceCell<Result<Chain, String>>,
    began: Instant,
}

#[derive(Debug, Default)]
pub(crate) struct Shelf {
    entries: HashMap<Name, Kept>,
}

#[derive(Debug)]
struct Kept {
    entry: Arc<Entry>,
    used: Instant,
}

// === impl Shelf ===

impl Shelf {
    /// The entry of this name, which may be new.
    ///
    /// # Errors
    /// Too many are being fetched.
    pub(crate) fn entry(
        &mut self,
        name: Name,
        now: Instant,
        keep: Duration,
    ) -> Result<Arc<Entry>, &'static str> {
        if let Some(kept) = self.entries.get_mut(&name).filter(|kept| !kept.entry.is_over(now, keep)) {
            kept.used = now;
            return Ok(kept.entry.clone());
        }
        if self.entries.len() >= MOST && !self.entries.contains_key(&name) {
            self.make_room(now, keep)?;
        }
        let entry = Arc::new(Entry { chain: OnceCell::new(), began: now });
        self.entries.insert(name, Kept { entry: entry.clone(), used: now });
        Ok(entry)
    }

    /// What is over goes first, then failures, then what was not used for longest.
    fn make_room(&mut self, now: Instant, keep: Duration) -> Result<(), &'static str> {
        self.entries.retain(|_, kept| !kept.entry.is_over(now, keep));
        if self.entries.len() < MOST {
            return Ok(());
        }
        let finished = self.entries.iter().filter_map(|(name, kept)| {
            let is_good = kept.entry.chain.get()?.is_ok();
            Some(((is_good, kept.used), name.clone()))
        });
        let (_, name) = finished.min_by_key(|(rank, _)| *rank).ok_or("too many are being fetched")?;
        self.entries.remove(&name);
        Ok(())
    }
}

// === impl Entry ===

impl Entry {
    fn is_over(&self, now: Instant, keep: Duration) -> bool {
        match self.chain.get() {
            Some(Ok(_)) => now.duration_since(self.began) >= keep,
            Some(Err(_)) => now.duration_since(self.began) >= FAILED_FOR,
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEEP: Duration = Duration::from_secs(60);

    fn name(n: usize) -> Name {
        Name { url: format!("https://a.example/{n}"), algorithm: Algorithm::RsaSha256 }
    }

    fn good(entry: &Entry) {
        entry.chain.set(Ok(Chain::nothing())).unwrap();
    }

    fn bad(entry: &Entry) {
        entry.chain.set(Err("away".to_owned())).unwrap();
    }

    #[test]
    fn what_is_over_is_fetched_again_a_failure_sooner() {
        let (mut shelf, now) = (Shelf::default(), Instant::now());
        let (first, second) =
            (shelf.entry(name(1), now, KEEP).unwrap(), shelf.entry(name(2), now, KEEP).unwrap());
        let same = |shelf: &mut Shelf, n, entry: &Arc<Entry>, at| {
            Arc::ptr_eq(&shelf.entry(name(n), at, KEEP).unwrap(), entry)
        };
        assert!(same(&mut shelf, 1, &first, now + KEEP * 2), "one being fetched is waited for");
        good(&first);
        bad(&second);
        assert!(same(&mut shelf, 1, &first, now + KEEP / 2));
        assert!(same(&mut shelf, 2, &second, now + FAILED_FOR / 2));
        assert!(!same(&mut shelf, 2, &second, now + FAILED_FOR));
        assert!(!same(&mut shelf, 1, &first, now + KEEP));
    }

    #[test]
    fn a_flood_of_urls_takes_the_place_of_failures_and_never_grows() {
        let (mut shelf, now) = (Shelf::default(), Instant::now());
        let own = shelf.entry(name(0), now, KEEP).unwrap();
        good(&own);
        for n in 1..1000 {
            let at = now + Duration::from_millis(n as u64);
            bad(&shelf.entry(name(n), at, KEEP).unwrap());
            assert!(shelf.entries.len() <= MOST);
        }
        assert!(Arc::ptr_eq(&shelf.entry(name(0), now, KEEP).unwrap(), &own));
    }

    #[test]
    fn while_all_are_being_fetched_there_is_no_room() {
        let (mut shelf, now) = (Shelf::default(), Instant::now());
        for n in 0..MOST {
            shelf.entry(name(n), now, KEEP).unwrap();
        }
        assert_eq!(shelf.entry(name(MOST), now, KEEP).err(), Some("too many are being fetched"));
        assert!(shelf.entry(name(0), now, KEEP).is_ok());
    }
}
