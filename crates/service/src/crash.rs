//! Named places at which a test can end a process, as a SIGKILL in that instant would.
//!
//! Builds with debug assertions only: a release build holds nothing of this, and no variable brings it back.

/// Ends the process here at once, without a word, if the environment's `HOOKSTREAM_CRASH_AT` names this place;
/// `place 3` does so at the third passage.
#[cfg(debug_assertions)]
pub fn crash_point(place: &str) {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    static CHOSEN: LazyLock<Option<(String, AtomicU32)>> = LazyLock::new(|| {
        let chosen = crate::Environment::default().get("HOOKSTREAM_CRASH_AT")?;
        let (place, passage) = chosen.split_once(' ').unwrap_or((&chosen, "1"));
        Some((place.to_owned(), AtomicU32::new(passage.parse().unwrap_or(1))))
    });
    if let Some((chosen, passages)) = &*CHOSEN
        && chosen == place
        && passages.fetch_sub(1, Ordering::Relaxed) == 1
    {
        std::process::abort();
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn crash_point(_place: &str) {}
