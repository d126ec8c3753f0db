//! `archive` → done: events that the archiver has stored.

use std::sync::LazyLock;

use event::RawEvent;

use crate::{Delivery, Script, Settled, StoreError};

static ARCHIVED: LazyLock<Script> = LazyLock::new(|| Script::draining(include_str!("lua/archived.lua")));

impl Delivery<RawEvent> {
    /// Takes events of one stream off it, all in one step. At most some thousand.
    ///
    /// # Errors
    /// Redis stayed away; the events will be delivered again when their lease runs out.
    pub async fn archived(stored: Vec<Self>) -> Result<Settled, StoreError> {
        let Some(receipt) = stored.first().map(|delivery| &delivery.receipt) else {
            return Ok(Settled::Done);
        };
        let mut call = ARCHIVED.prepare();
        call.key(&receipt.stream).arg(receipt.group.as_str());
        for delivery in &stored {
            call.arg(delivery.entry());
        }
        receipt.settle(&call).await
    }
}
