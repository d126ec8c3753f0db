//! Plans → the job streams: one job for each, and the event off the raw stream, in one step.

use std::sync::Arc;

use event::{Plan, RawEvent};
use service::crash_point;
use stream::{Delivery, Dispatch, Settled, StoreError};

/// An event whose routes are known.
pub(crate) struct Judged<'r> {
    pub(crate) delivery: Delivery<RawEvent>,
    pub(crate) event: Arc<RawEvent>,
    pub(crate) plans: Vec<&'r Plan>,
}

/// An event that became its jobs, or did not.
pub(crate) struct Dispatched<'r> {
    pub(crate) event: Arc<RawEvent>,
    pub(crate) plans: Vec<&'r Plan>,
    pub(crate) settled: Result<Settled, StoreError>,
}

/// Moves all of them in as few calls as they fit in. Each has a span of its own, which its jobs continue.
pub(crate) async fn dispatch(judged: Vec<Judged<'_>>) -> Vec<Dispatched<'_>> {
    let (mut spans, mut dispatches, mut named) = (Vec::new(), Vec::new(), Vec::new());
    for Judged { delivery, event, plans } in judged {
        let span = tracing::info_span!("route", event.id = %event.id, routes = plans.len());
        service::trace::follow(&span, &event.trace);
        dispatches.push(Dispatch {
            delivery,
            plans: plans.clone(),
            trace: service::trace::traceparent(&span),
        });
        spans.push(span);
        named.push((event, plans));
    }
    let some = !dispatches.is_empty();
    if some {
        crash_point("router.dispatch.before");
    }
    let settled = Dispatch::all(dispatches).await;
    if some {
        crash_point("router.dispatch.after");
    }
    drop(spans);
    let named = named.into_iter().zip(settled);
    named.map(|((event, plans), settled)| Dispatched { event, plans, settled }).collect()
}
