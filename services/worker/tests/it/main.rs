//! The worker against a real Redis and real HTTP receivers.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod harness;
mod receiver;

mod deliver;
mod retry;
mod protect;
mod tls;
mod recover;
mod retain;
mod rust;
mod order;
