//! Waiting for a thing, never for a time.

use std::fmt::Debug;
use std::time::Duration;

use tokio::time::Instant;

const PATIENCE: Duration = Duration::from_secs(60);

/// Looks again and again until `look` gives something.
///
/// # Panics
/// After a minute, saying what was waited for.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Looks again and again until `look` gives what is wanted; says what it gave last otherwise.
///
/// # Panics
/// After a minute.
pub async fn until<T: PartialEq + Debug>(what: &str, wanted: T, mut look: impl AsyncFnMut() -> T) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = look().await;
        if found == wanted {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "waited {PATIENCE:?} in vain: {what}: {found:?} is not {wanted:?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
