//! `archive` → done: events that the archiver has stored.

use event::RawEvent;

use crate::moves::MOVES;
use crate::{Delivery, Function, Settled, StoreError};

pub(crate) static ARCHIVED: Function = Function::draining("archived", include_str!("lua/archived.lua"));

impl Delivery<RawEvent> {
    /// Takes events of one stream off it, all in one step. At most some thousand.
    ///
    /// # Errors
    /// Redis stayed away; the events will be delivered again when their lease runs out.
    pub async fn archived(stored: Vec<Self>) -> Result<Settled, StoreError> {
        let Some(receipt) = stored.first().map(|delivery| &delivery.receipt) else {
            return Ok(Settled::Done);
        };
        let mut call = MOVES.call(&ARCHIVED);
        call.key(&receipt.stream).arg(receipt.seat.group.as_str());
        for delivery in &stored {
            call.arg(delivery.entry());
        }
        receipt.settle(&call).await
    }
}
