//! What travels through Hookstream, and nothing that does I/O.
//!
//! An event is met in this order: [`RawEvent`] (ingress → router), [`Job`] (router → worker, one for each
//! route that matched), and, when a job can't be delivered, a dead letter
//! with a [`Reason`].

mod id;
mod millis;
mod moment;
mod priority;
mod headers;
mod raw_event;
mod job;
mod reason;

pub use headers::Headers;
pub use id::{EventId, JobId};
pub use job::{Job, Plan};
pub use millis::Millis;
pub use moment::{Moment, parse_duration};
pub use priority::{Priority, UnknownPriority};
pub use raw_event::{Body, RawEvent};
pub use reason::Reason;
