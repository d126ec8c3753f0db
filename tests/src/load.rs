//! Load that lasts as long as something else does: a fixed number of events may all be in before anything befalls them.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::sync::oneshot;

/// How fast events come: fast enough that some are always on their way, slow enough that a failover of ten seconds does not
/// take tens of thousands.
const PACE: Duration = Duration::from_millis(2);

const AT_ONCE: usize = 16;

/// Sends event after event until `happening` is over, however long that takes; returns what came of each, and of it.
pub async fn load_during<R, T>(
    send: impl AsyncFn(usize) -> R,
    happening: impl Future<Output = T>,
) -> (Vec<R>, T) {
    let (over, is_over) = oneshot::channel::<()>();
    let numbers = stream::iter(0..).then(async |n| {
        tokio::time::sleep(PACE).await;
        n
    });
    let sending = numbers.take_until(is_over).map(|n| send(n)).buffer_unordered(AT_ONCE).collect();
    let happening = async {
        let came = happening.await;
        drop(over);
        came
    };
    tokio::join!(sending, happening)
}
