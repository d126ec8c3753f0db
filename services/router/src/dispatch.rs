//! Plans → the job streams: one job for each, and the event off the raw stream, in one step.

use event::{Plan, RawEvent};
use stream::{Delivery, Settled, StoreError};
use tracing::Instrument;

/// Jobs continue the trace of this span.
pub(crate) async fn dispatch(
    delivery: Delivery<RawEvent>,
    event: &RawEvent,
    plans: &[&Plan],
) -> Result<Settled, StoreError> {
    let span = tracing::info_span!("route", event.id = %event.id, routes = plans.len());
    service::trace::follow(&span, &event.trace);
    let trace = service::trace::traceparent(&span);
    delivery.dispatch(event, plans, &trace).instrument(span).await
}
