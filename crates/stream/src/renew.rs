//! Keeping the lease on what is still being worked on.

use crate::delivery::{Seat, insist};
use crate::moves::MOVES;
use crate::{Call, Delivery, Function, Reader, StoreError};

pub(crate) static RENEW: Function = Function::draining("renew", include_str!("lua/renew.lua"));

impl Reader {
    /// Starts the lease of these entries of one stream anew. Returns those that are no longer ours.
    pub async fn renew(&self, stream: &str, entries: &[String]) -> Result<Vec<String>, StoreError> {
        self.run(&renewal(&self.seat, stream, entries)).await
    }
}

impl<T> Delivery<T> {
    /// Starts its lease anew, if it is still ours. Asked for as long as a settlement is, while Redis is away.
    pub async fn renew(&self) -> Result<bool, StoreError> {
        let seat = &self.receipt.seat;
        let call = renewal(seat, self.stream(), std::slice::from_ref(&self.receipt.id));
        let (lost, _) = insist::<Vec<String>>(&seat.store, &call).await?;
        Ok(lost.is_empty())
    }
}

fn renewal(seat: &Seat, stream: &str, entries: &[String]) -> Call {
    let mut call = MOVES.call(&RENEW);
    call.key(stream).arg(seat.group.as_str()).arg(&seat.consumer);
    for entry in entries {
        call.arg(entry);
    }
    call
}
