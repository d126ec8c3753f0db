//! Every atomic step of this crate, as one library.

use crate::{Library, PRELUDE};

/// What services load at their start.
pub static MOVES: Library = Library::new(
    "hookstream",
    &[PRELUDE],
    &[
        &crate::publish::PUBLISH,
        &crate::route::ROUTE,
        &crate::renew::RENEW,
        &crate::complete::COMPLETE,
        &crate::retry::RETRY,
        &crate::defer::DEFER,
        &crate::promote::PROMOTE,
        &crate::bury::BURY,
        &crate::archived::ARCHIVED,
        &crate::reclaim::RECLAIM,
        &crate::reclaim::REAP,
        &crate::dead_letters::REPLAY,
        &crate::dead_letters::DISCARD,
        &crate::retention::OUTLIVED,
        &crate::retention::EXPIRE,
        &crate::refused::REFUSE,
        &crate::refused::RELEASE,
        &crate::counters::SHIP,
        &crate::counters::FOLD,
        &crate::counters::TOTALS,
        &crate::lead::LEAD,
    ],
);

#[cfg(test)]
mod tests {
    /// A function that is missing from the list would be found only when it is called.
    #[test]
    fn every_file_is_in_the_library() {
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lua")).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        for name in names.filter(|name| name != "prelude.lua") {
            assert!(super::MOVES.has(name.trim_end_matches(".lua")), "{name}");
        }
    }
}
