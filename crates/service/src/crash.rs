//! Named places at which a test can end a process, as a SIGKILL in that instant would, or have it stand still.
//!
//! Builds with debug assertions only: a release build holds nothing of this, and no variable brings it back.

/// Ends the process here at once, without a word, if the environment's `HOOKSTREAM_CRASH_AT` names this place.
///
/// `place 3` does so at the third passage. `HOOKSTREAM_FREEZE_AT` has it stop here, until somebody sends it a SIGCONT.
#[cfg(debug_assertions)]
pub fn crash_point(place: &str) {
    use std::sync::LazyLock;

    use rustix::process::{Signal, getpid, kill_process};

    static CRASH: LazyLock<Option<Chosen>> = LazyLock::new(|| Chosen::by("HOOKSTREAM_CRASH_AT"));
    static FREEZE: LazyLock<Option<Chosen>> = LazyLock::new(|| Chosen::by("HOOKSTREAM_FREEZE_AT"));
    if CRASH.as_ref().is_some_and(|chosen| chosen.is_reached(place)) {
        std::process::abort();
    }
    if FREEZE.as_ref().is_some_and(|chosen| chosen.is_reached(place)) {
        kill_process(getpid(), Signal::STOP).expect("a process may stop itself");
        // Whichever thread gets the signal stops the others a moment later: this one does not go on meanwhile.
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn crash_point(_place: &str) {}

#[cfg(debug_assertions)]
struct Chosen {
    place: String,
    passages: std::sync::atomic::AtomicU32,
}

#[cfg(debug_assertions)]
impl Chosen {
    fn by(variable: &str) -> Option<Self> {
        let chosen = crate::Environment::default().get(variable)?;
        let (place, passage) = chosen.split_once(' ').unwrap_or((&chosen, "1"));
        Some(Self { place: place.to_owned(), passages: passage.parse().unwrap_or(1).into() })
    }

    fn is_reached(&self, place: &str) -> bool {
        self.place == place && self.passages.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) == 1
    }
}
