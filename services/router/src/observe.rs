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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use event::Priority;
    use service::meter::series;
    use stream::{Counters, Fsync, Patience, PrivateServer, Store};

    use super::*;
    use crate::samples::event;

    fn plan(route: &str) -> Plan {
        Plan {
            route: route.to_owned(),
            handler: "billing".to_owned(),
            priority: Priority::Normal,
            retry_count: 0,
            timeout: Duration::from_secs(1),
            retry_on: Vec::new(),
        }
    }

    /// What was counted while `act` ran, as the metrics service gets it.
    async fn counted(act: impl FnOnce(&Observed)) -> Counters {
        let folder = tempfile::tempdir().unwrap();
        let redis = PrivateServer::start(folder.path(), Fsync::EverySecond).await.unwrap();
        let store = Store::open(&redis.url(), "hs", Patience::Background).unwrap();
        let meter = Meter::default();
        act(&Observed::new(meter.clone()));
        meter.ship(&store).await;
        let totals = store.totals().await.unwrap();
        redis.stop().await;
        totals
    }

    #[tokio::test]
    async fn an_event_counts_for_each_of_its_routes_once_it_is_moved_and_not_before() {
        let event = event("invoice.paid", "json", "{}");
        let (one, two) = (plan("one"), plan("two"));
        let totals = counted(|observed| {
            observed.dispatched(&event, &[&one, &two], Ok(Settled::Done));
            observed.dispatched(&event, &[&one], Ok(Settled::Done));
            observed.dispatched(&event, &[&one, &two], Ok(Settled::Lost));
            observed.dispatched(&event, &[&two], Ok(Settled::Missing));
            observed.dispatched(&event, &[], Ok(Settled::Done));
        })
        .await;
        let routed = |route| totals.0.get(&series(catalog::ROUTED, &[("route", route)])).copied();
        assert_eq!((routed("one"), routed("two")), (Some(2.0), Some(1.0)));
        assert_eq!(totals.0.get(catalog::UNROUTED).copied(), Some(1.0));
        assert_eq!(totals.0.len(), 3, "{totals:?}");
    }

    #[tokio::test]
    async fn an_event_that_is_set_aside_counts_as_dead_by_its_reason_if_this_router_did_it() {
        let unfit = |reason| Unfit { reason, error: "why".to_owned() };
        let totals = counted(|observed| {
            observed.set_aside(&unfit(Reason::Poison), Ok(Settled::Done));
            observed.set_aside(&unfit(Reason::Malformed), Ok(Settled::Lost));
        })
        .await;
        let dead = series(catalog::DEAD_LETTERS, &[("route", ""), ("reason", Reason::Poison.as_str())]);
        assert_eq!(totals.0.into_iter().collect::<Vec<_>>(), [(dead, 1.0)]);
    }
}
