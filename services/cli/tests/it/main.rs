//! The built command, as its user meets it.

mod support;

mod blocked;
mod check;
mod dlq;
mod events;
mod plain;
mod route;
mod tail;
mod verify;
