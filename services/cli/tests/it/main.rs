//! The built command, as its user meets it.
#![expect(clippy::unwrap_used, reason = "a test's helpers may panic as its tests may")]

mod support;

mod blocked;
mod check;
mod dlq;
mod events;
mod plain;
mod route;
mod send;
mod tail;
mod top;
mod verify;
