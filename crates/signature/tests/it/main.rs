//! What the crate promises, held against other people's signatures and against random changes.
#![expect(clippy::unwrap_used, reason = "a test's helpers may panic as its tests may")]

mod vectors;
mod every_provider;
mod properties;
mod refusals;
mod rotation;
mod signing;
mod diagnosis;
mod page;
