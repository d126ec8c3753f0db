//! Counters of all processes, summed exactly once.
//!
//! Each process ships what it has counted since its last shipment as one entry of `increments`; the metrics
//! service adds entries to `totals` and settles them in the same step. A reader takes both together, so that it
//! sees what is not yet added too.

use std::collections::BTreeMap;

use crate::entry::{Carried, EntryError, Fields};
use crate::moves::MOVES;
use crate::{Delivery, Function, Reader, Store, StoreError};

pub(crate) static FOLD: Function = Function::draining("fold", include_str!("lua/fold.lua"));
pub(crate) static TOTALS: Function = Function::draining("totals", include_str!("lua/totals.lua"));

/// Series (`name{label="value"}`) and their values, or by how much they grew.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counters(pub BTreeMap<String, f64>);

// === impl Counters ===

impl Counters {
    pub fn add(&mut self, series: &str, by: f64) {
        match self.0.get_mut(series) {
            Some(value) => *value += by,
            None => {
                self.0.insert(series.to_owned(), by);
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A value that is no number must not hold up the rest.
    fn add_fields(&mut self, fields: &Fields) {
        for (series, value) in fields {
            let value = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
            if let Some(value) = value.filter(|value: &f64| value.is_finite()) {
                self.add(series, value);
            }
        }
    }
}

impl Carried for Counters {
    fn from_fields(fields: &Fields) -> Result<Self, EntryError> {
        let mut counters = Self::default();
        counters.add_fields(fields);
        Ok(counters)
    }
}

impl Store {
    /// Hands what this process has counted to the metrics service.
    ///
    /// # Errors
    /// Nothing can be said to have been counted; keep the counters and ship them with the next.
    pub async fn ship(&self, counted: &Counters) -> Result<(), StoreError> {
        let mut command = redis::cmd("XADD");
        command.arg(self.keys.increments()).arg("*");
        for (series, by) in &counted.0 {
            command.arg(series).arg(by);
        }
        command.exec_async(&mut self.commands()).await.map_err(StoreError::from)
    }

    /// The sum of everything that was ever shipped.
    pub async fn totals(&self) -> Result<Counters, StoreError> {
        let mut call = MOVES.call(&TOTALS);
        call.key(self.keys.increments()).key(self.keys.totals());
        let (totals, waiting): (Fields, Vec<(String, Fields)>) = self.run(&call).await?;
        let mut sum = Counters::default();
        sum.add_fields(&totals);
        waiting.iter().for_each(|(_, fields)| sum.add_fields(fields));
        Ok(sum)
    }
}

impl Reader {
    /// Adds shipments to the totals. Each counts once, whoever else tries.
    pub async fn fold(&self, shipments: Vec<Delivery<Counters>>) -> Result<usize, StoreError> {
        let Some(stream) = shipments.first().map(|shipment| shipment.stream().to_owned()) else {
            return Ok(0);
        };
        let mut call = MOVES.call(&FOLD);
        call.key(stream).key(self.store().keys().totals());
        call.arg(self.seat.group.as_str()).arg(self.consumer());
        for shipment in &shipments {
            call.arg(shipment.entry());
        }
        self.run(&call).await
    }
}
