#![doc = include_str!("../README.md")]

// In the order a request meets them.
mod client;
mod forwarded;
mod blocked;
mod address_limit;
mod suspicion;
mod turns;
mod limiter;
mod answer;
mod lease;
mod alone;
mod quota;

// What operators read and do.
mod block;
mod standing;

mod recent;
mod steps;

#[cfg(test)]
mod testing;

pub use address_limit::{AddressLimit, AddressRate};
pub use alone::Alone;
pub use block::Block;
pub use blocked::Blocked;
pub use client::{Client, NotAClient, client_address};
pub use limiter::{Limiter, Verdict};
pub use quota::{Quota, Quotas, Window, seconds_up};
pub use standing::{ClientStanding, Limits, Standing, standing};
pub use suspicion::{Misdeed, Points, Suspicion};
pub use turns::Turns;
