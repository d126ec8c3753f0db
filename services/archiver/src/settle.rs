//! What is stored leaves Redis; what can't be stored goes to the dead letters.

use std::sync::Arc;

use event::{Millis, RawEvent, Reason};
use stream::{Delivery, LastWords};

use crate::store::Refused;

pub(crate) async fn settle(deliveries: Vec<(Delivery<RawEvent>, Arc<RawEvent>)>, refused: &[Refused]) {
    let mut stored = Vec::with_capacity(deliveries.len());
    for (place, (delivery, _)) in deliveries.into_iter().enumerate() {
        match refused.iter().find(|refused| refused.place == place) {
            Some(Refused { why, .. }) => set_aside(delivery, Reason::Refused, why).await,
            None => stored.push(delivery),
        }
    }
    if let Err(error) = Delivery::archived(stored).await {
        tracing::warn!(%error, "stored, but still in Redis; the events come again and are then known");
    }
}

/// Moves an entry to the dead letters, where an operator sees it.
pub(crate) async fn set_aside(delivery: Delivery<RawEvent>, reason: Reason, why: &str) {
    let error = format!("not archived: {why}");
    let entry = delivery.entry().to_owned();
    let words = LastWords { reason, error: &error, status: None, at: Millis::now() };
    match delivery.set_aside(&words).await {
        Ok(_) => {
            tracing::error!(%entry, %reason, why, "an event can't be archived; it is with the dead letters")
        }
        Err(trouble) => {
            tracing::warn!(%entry, why, %trouble, "an event can't be archived, nor put with the dead letters yet")
        }
    }
}
