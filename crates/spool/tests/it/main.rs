//! The spool as its users have it: on a real disk, ended at any moment, and with its files damaged.
#![expect(clippy::unwrap_used, reason = "a test's helpers may panic as its tests may")]

mod place;

mod keeping;
mod damage;
mod bounds;
mod model;
