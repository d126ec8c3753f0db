//! Shipped increments → the totals, each once.

use std::time::Duration;

use service::{Backoff, Context, catalog};
use stream::{Counters, Delivery, Group, Intake, Reader, StoreError};

/// Longest wait of one read; a stop is asked between reads.
const BLOCK: Duration = Duration::from_secs(1);

/// Shipments added in one step.
const BATCH: usize = 100;

/// Folds until the stop. While Redis is away, nothing is lost: whoever counts keeps what can't be shipped.
pub(crate) async fn fold(context: &Context) {
    let reader = Reader::new(context.store.clone(), Group::Count, "metrics", BLOCK);
    let lease = context.live.now().redis.lease;
    let mut intake = Intake::new(reader, context.store.keys().increments(), lease);
    let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));
    while !context.stop.is_asked() {
        match fold_some(context, &mut intake).await {
            Ok(()) => {
                if backoff.reset() {
                    tracing::info!("counters are added up again");
                }
            }
            Err(error) => {
                // A missing group was just made: that is how the first start goes.
                if backoff.is_fresh() && !matches!(error, StoreError::NoGroup(_)) {
                    tracing::warn!(%error, "counters can't be added up; trying again");
                }
                backoff.wait(&context.stop).await;
            }
        }
    }
}

/// Shipments of which we do not hear whether they were folded stay ours until the lease ends, and are tried again.
async fn fold_some(context: &Context, intake: &mut Intake) -> Result<(), StoreError> {
    let shipments: Vec<Delivery<Counters>> = intake.take(BATCH).await?;
    let taken_over = shipments.iter().filter(|shipment| shipment.times > 1).count();
    if taken_over > 0 {
        context.meter.add(catalog::RECLAIMED, &[("service", context.about.name)], taken_over as f64);
        tracing::debug!(shipments = taken_over, "adding what another metrics service had taken and left");
    }
    let some = !shipments.is_empty();
    if some {
        service::crash_point("metrics.fold.before");
    }
    intake.reader().fold(shipments).await?;
    if some {
        service::crash_point("metrics.fold.after");
    }
    Ok(())
}
