//! `events` → `jobs:*`: one job for each route that matched.

use event::{JobId, Plan, RawEvent};

use crate::entry::status_list;
use crate::moves::MOVES;
use crate::{Delivery, Function, Settled, StoreError};

pub(crate) static ROUTE: Function = Function::draining("route", include_str!("lua/route.lua"));

impl Delivery<RawEvent> {
    /// Puts a job on the stream of its priority for each plan and takes the event off, in one step. With no plan
    /// the event is only taken off. `trace`, where there is one, takes the place of the event's.
    ///
    /// # Errors
    /// Redis stayed away; the event is reclaimed when its lease runs out.
    pub async fn dispatch(
        self,
        event: &RawEvent,
        plans: &[&Plan],
        trace: &str,
    ) -> Result<Settled, StoreError> {
        let receipt = &self.receipt;
        let keys = &receipt.store.keys;
        let mut call = MOVES.call(&ROUTE);
        call.key(&receipt.stream);
        for stream in keys.all_jobs() {
            call.key(stream);
        }
        call.arg(receipt.group.as_str()).arg(&receipt.consumer).arg(&receipt.id).arg(trace);
        for plan in plans {
            call.arg(plan.priority.index())
                .arg(JobId::new(&event.id, &plan.route).as_str())
                .arg(&plan.route)
                .arg(&plan.handler)
                .arg(plan.priority.as_str())
                .arg(plan.retry_count)
                .arg(u64::try_from(plan.timeout.as_millis()).unwrap_or(u64::MAX))
                .arg(status_list(&plan.retry_on));
        }
        receipt.settle(&call).await
    }
}
