//! `events` → `jobs:*`: one job for each route that matched.

use event::{JobId, Plan, RawEvent};

use crate::moves::MOVES;
use crate::packed::{META, ROUTED, TERMS, meta, routed, terms};
use crate::{Call, Delivery, Function, Settled, StoreError};

pub(crate) static ROUTE: Function = Function::draining("route", include_str!("lua/route.lua"));

/// One call carries no more: it holds Redis up for some milliseconds at most.
const MOST_EVENTS: usize = 100;
const MOST_BYTES: usize = 512 * 1024;

/// An event that was judged, and what is to become of it.
#[derive(Debug)]
pub struct Dispatch<'p> {
    pub delivery: Delivery<RawEvent>,
    /// A job for each. With none the event is only taken off.
    pub plans: Vec<&'p Plan>,
    /// Takes the place of the event's, where it is not empty.
    pub trace: String,
}

impl Dispatch<'_> {
    /// Puts a job on the stream of its priority for each plan of each event and takes the event off, in one step for each
    /// event. All of them were taken by one reader. Answers in their order.
    ///
    /// Errors: Redis stayed away; the event is reclaimed when its lease runs out.
    pub async fn all(dispatches: Vec<Self>) -> Vec<Result<Settled, StoreError>> {
        let mut answers = Vec::with_capacity(dispatches.len());
        let mut rest = dispatches.as_slice();
        while !rest.is_empty() {
            let (these, later) = rest.split_at(how_many(rest));
            answers.extend(dispatch(these).await);
            rest = later;
        }
        answers
    }

    fn bytes(&self) -> usize {
        let body = self.delivery.carried.as_ref().map_or(0, |event| event.body.bytes.len());
        body + self.plans.len() * 256
    }

    fn write(&self, call: &mut Call) {
        // An event that can't be read has no plans; nor has it anything to tell.
        let event = self.delivery.carried.as_ref().ok();
        let traced = event.filter(|_| !self.trace.is_empty());
        let meta = traced.map(|event| meta(event, &self.trace));
        call.arg(self.delivery.entry()).arg(meta.unwrap_or_default());
        let routes: Vec<_> = self.plans.iter().map(|plan| plan.route.as_str()).collect();
        call.arg(event.map(|event| routed(event, &routes)).unwrap_or_default()).arg(routes.len());
        for plan in &self.plans {
            call.arg(plan.priority.index())
                .arg(event.map(|event| JobId::new(&event.id, &plan.route).to_string()))
                .arg(&plan.route)
                .arg(terms(plan));
        }
    }
}

/// The first of them that go together; at least one.
fn how_many(dispatches: &[Dispatch<'_>]) -> usize {
    let mut bytes = 0;
    let fit = dispatches.iter().take(MOST_EVENTS).take_while(|dispatch| {
        bytes += dispatch.bytes();
        bytes <= MOST_BYTES
    });
    fit.count().max(1)
}

async fn dispatch(together: &[Dispatch<'_>]) -> Vec<Result<Settled, StoreError>> {
    let Some(receipt) = together.first().map(|first| &first.delivery.receipt) else { return Vec::new() };
    let (seat, keys) = (&receipt.seat, receipt.store().keys());
    let mut call = MOVES.call(&ROUTE);
    call.key(&receipt.stream);
    for stream in keys.all_jobs() {
        call.key(stream);
    }
    call.key(keys.shared()).key(keys.shared_left()).key(keys.life());
    call.arg(seat.group.as_str())
        .arg(&seat.consumer)
        .arg(seat.store.history())
        .arg(META)
        .arg(TERMS)
        .arg(ROUTED);
    together.iter().for_each(|dispatch| dispatch.write(&mut call));
    let settled = seat.settle_all(&call).await;
    settled.unwrap_or_else(|error| together.iter().map(|_| Err(error.clone())).collect())
}
