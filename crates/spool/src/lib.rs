#![doc = include_str!("../README.md")]

mod record;
mod segment;
mod folder;
mod state;
mod writer;
mod drain;

// Handles of the above, in the order in which one uses them.
mod spool;

pub use drain::{Batch, Drain};
pub use folder::{Found, OpenError};
pub use record::{Damage, Harm};
pub use spool::Spool;
pub use state::Waiting;
pub use writer::AppendError;
