//! What happened, as a log line and a count at once.

use event::{Plan, RawEvent, Reason};
use service::{Meter, catalog};
use stream::{Settled, StoreError};

use crate::take::Unfit;

pub(crate) struct Observed {
    meter: Meter,
}

// === impl Observed ===

impl Observed {
    pub(crate) fn new(meter: Meter) -> Self {
        Self { meter }
    }

    pub(crate) fn dispatched(&self, event: &RawEvent, plans: &[&Plan], settled: Result<Settled, StoreError>) {
        match settled {
            Ok(Settled::Done) => self.routed(event, plans),
            Ok(Settled::Lost) => tracing::debug!(event.id = %event.id, "another router has this event"),
            Ok(Settled::Missing) => {
                tracing::error!(event.id = %event.id, "the event is gone from the stream")
            }
            Err(error) => {
                tracing::warn!(event.id = %event.id, %error, "not routed; it will be taken up again after its lease");
            }
        }
    }

    pub(crate) fn set_aside(&self, unfit: &Unfit, settled: Result<Settled, StoreError>) {
        let Unfit { reason, error } = unfit;
        match settled {
            Ok(Settled::Done) => {
                self.count_dead(*reason);
                tracing::error!(%reason, %error, "an event was put with the dead letters");
            }
            Ok(Settled::Lost | Settled::Missing) => {}
            Err(trouble) => {
                tracing::warn!(%trouble, %error, "an event could not be put with the dead letters yet")
            }
        }
    }

    fn routed(&self, event: &RawEvent, plans: &[&Plan]) {
        if plans.is_empty() {
            self.meter.count(catalog::UNROUTED, &[]);
            tracing::info!(event.id = %event.id, event.r#type = event.event_type, "no route matches");
        }
        for plan in plans {
            self.meter.count(catalog::ROUTED, &[("route", &plan.route)]);
            tracing::debug!(event.id = %event.id, route = plan.route, priority = %plan.priority, "routed");
        }
    }

    fn count_dead(&self, reason: Reason) {
        self.meter.count(catalog::DEAD_LETTERS, &[("route", ""), ("reason", reason.as_str())]);
    }
}
