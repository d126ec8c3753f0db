//! Jobs whose wait is over go back to their streams. Every worker does this; whichever comes first is enough.

use std::time::Duration;

use service::Stop;
use stream::Store;

use crate::patience::Patience;

/// Looked this often, since other workers add to what waits; a fifth less at random, so that replicas spread out.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// A job that is due at once is not asked for in a tight loop.
const LEAST: Duration = Duration::from_millis(2);

pub(crate) async fn promote(store: &Store, stop: &Stop) {
    let mut patience = Patience::new("retries can't be started");
    while !stop.is_asked() {
        service::crash_point("worker.promote.before");
        let promoted = store.promote().await;
        if matches!(promoted, Ok((1.., _))) {
            service::crash_point("worker.promote.after");
        }
        if let Some((_, next)) = patience.with(promoted, stop).await {
            stop.sleep(wait(next, rand::random())).await;
        }
    }
}

/// Until the next is due, or until another look.
fn wait(next: Option<Duration>, random: f64) -> Duration {
    let look_again = LOOK_AGAIN.mul_f64(1.0 - random.clamp(0.0, 1.0) / 5.0);
    next.map_or(look_again, |next| next.clamp(LEAST, look_again))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_one_due_is_waited_for_but_not_for_long() {
        let ms = Duration::from_millis;
        assert_eq!(wait(None, 0.0), ms(250));
        assert_eq!(wait(None, 1.0), ms(200));
        assert_eq!(wait(Some(ms(40)), 0.5), ms(40));
        assert_eq!(wait(Some(ms(9000)), 0.0), ms(250));
        assert_eq!(wait(Some(Duration::ZERO), 0.5), LEAST);
    }
}
