//! Leases on jobs in hand are renewed, so that nobody takes a slow delivery for a dead worker's.

use std::convert::Infallible;
use std::time::Duration;

use service::Stop;
use stream::{Reader, Since, StoreError};

use crate::hands::Hands;
use crate::patience::Patience;

/// One call holds Redis up for about a millisecond and a half.
const BATCH: usize = 100;

/// Renews those of the reader's partition every third of the lease, for ever: until the last job in hand is settled it is needed.
///
/// While Redis is away attempts under way go on: a success settles its job whoever holds it then, and once Redis is back
/// each entry that another worker has taken meanwhile ends our attempt.
pub(crate) async fn renew(reader: &Reader, hands: &Hands, lease: Duration) -> Infallible {
    let (never, mut patience) = (Stop::default(), Patience::new("leases can't be renewed"));
    loop {
        tokio::time::sleep(lease / 3).await;
        let renewed = renew_all(reader, hands).await;
        patience.with(renewed, &never).await;
    }
}

async fn renew_all(reader: &Reader, hands: &Hands) -> Result<(), StoreError> {
    let keys = reader.store().keys();
    for (stream, entries) in hands.entries().into_iter().filter(|(stream, _)| keys.has(stream)) {
        for entries in entries.chunks(BATCH) {
            service::crash_point("worker.renew.before");
            let asked = Since::now();
            let lost = reader.renew(&stream, entries).await?;
            service::crash_point("worker.renew.after");
            for entry in entries {
                match hands.lease(&stream, entry) {
                    Some(lease) if lost.contains(entry) => lease.lose(),
                    Some(lease) => lease.renewed(asked),
                    None => {}
                }
            }
        }
    }
    Ok(())
}
