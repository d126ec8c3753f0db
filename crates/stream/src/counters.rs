//! Counters of all processes, summed exactly once.
//!
//! Each process ships what it has counted since its last shipment as one entry of `increments`; the metrics
//! service adds entries to `totals` and settles them in the same step. A reader takes both together, so that it
//! sees what is not yet added too.

use std::collections::{BTreeMap, VecDeque};

use crate::entry::{Carried, EntryError};
use crate::moves::MOVES;
use crate::{Delivery, Fields, Function, Reader, Store, StoreError};

pub(crate) static SHIP: Function = Function::growing("ship", include_str!("lua/ship.lua"));
pub(crate) static FOLD: Function = Function::draining("fold", include_str!("lua/fold.lua"));
pub(crate) static TOTALS: Function = Function::draining("totals", include_str!("lua/totals.lua"));

/// Series (`name{label="value"}`) and their values, or by how much they grew.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counters(pub BTreeMap<String, f64>);

/// Where a process keeps what it ships, until it knows that it has arrived.
#[derive(Debug)]
pub struct Outbox {
    /// Never used again by another process.
    name: String,
    /// Of the last shipment.
    number: u64,
    waiting: VecDeque<(u64, Counters)>,
}

/// Series in one shipment, at most: Lua takes no more than 8,000 values at once.
const MOST: usize = 1000;

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
        let texts = fields.iter().filter_map(|(series, value)| {
            Some((std::str::from_utf8(series).ok()?, std::str::from_utf8(value).ok()?))
        });
        for (series, value) in texts {
            if let Some(value) = value.parse().ok().filter(|value: &f64| value.is_finite()) {
                self.add(series, value);
            }
        }
    }
}

// === impl Outbox ===

impl Outbox {
    fn put(&mut self, mut counted: Counters) {
        while !counted.is_empty() {
            let rest = counted.0.keys().nth(MOST).cloned().map(|first| counted.0.split_off(&first));
            self.number += 1;
            self.waiting.push_back((self.number, counted));
            counted = Counters(rest.unwrap_or_default());
        }
    }
}

impl Default for Outbox {
    fn default() -> Self {
        Self { name: format!("{:032x}", rand::random::<u128>()), number: 0, waiting: VecDeque::new() }
    }
}

impl Carried for Counters {
    fn from_fields(fields: Fields) -> Result<Self, EntryError> {
        let mut counters = Self::default();
        counters.add_fields(&fields);
        Ok(counters)
    }
}

impl Store {
    /// Hands what this process has counted to the metrics service: first what has waited, then what `count` gives
    /// (which is asked only once the way is free).
    ///
    /// # Errors
    /// Redis is away. What was handed over waits in the outbox for the next call, and counts once even if Redis has it
    /// already: to ship it anew would count twice what a Redis that stood still has taken after all.
    pub async fn ship(
        &self,
        outbox: &mut Outbox,
        count: impl FnOnce() -> Counters,
    ) -> Result<(), StoreError> {
        self.ship_waiting(outbox).await?;
        outbox.put(count());
        self.ship_waiting(outbox).await
    }

    async fn ship_waiting(&self, outbox: &mut Outbox) -> Result<(), StoreError> {
        while let Some((number, counted)) = outbox.waiting.front() {
            let mut call = MOVES.call(&SHIP);
            call.key(self.keys.increments()).key(self.keys.shipped(&outbox.name)).arg(number);
            for (series, by) in &counted.0 {
                call.arg(series).arg(by);
            }
            let _: String = self.run(&call).await?;
            outbox.waiting.pop_front();
        }
        Ok(())
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
