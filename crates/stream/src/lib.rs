#![doc = include_str!("../README.md")]

mod keys;
mod error;
mod store;
mod args;
mod since;
mod function;
mod together;
mod again;
mod replicas;
mod entry;
mod fields;
mod packed;

// Which server, and the connections to it.
mod servers;
mod tls;
mod slot;
mod ask;
mod line;
mod server;
mod finder;
mod connection;
mod partitions;

// The moves, in the order an event makes them.
mod publish;
mod read;
mod delivery;
mod route;
mod claim;
mod shares;
mod shared;
mod renew;
mod append;
mod complete;
mod retry;
mod defer;
mod promote;
mod bury;
mod archived;
mod reclaim;
mod intake;

mod moves;

// What operators and the metrics service read and do.
mod look;
mod dead_letters;
mod retention;
mod choice;
mod follow;
mod refused;
mod counters;
mod depth;
mod consumers;
mod whereabouts;
mod life;
mod story;
mod recent;
mod lead;
mod alerts;
mod vitals;
mod durability;
mod result;

// A server of our own, for `hookstream dev` and tests.
mod private_server;
mod torn;

pub use bury::LastWords;
pub use choice::{Choice, Chosen, Newest};
pub use connection::Connection;
pub use consumers::Consumer;
pub use counters::{Counters, Outbox};
pub use dead_letters::{DeadLetter, DeadLetterPage, Replayed};
pub use delivery::{Delivery, Settled};
pub use depth::Depth;
pub use durability::{Durability, Keeps};
pub use entry::{Carried, EntryError};
pub use error::StoreError;
pub use fields::Fields;
pub use follow::Follow;
pub use function::{Call, Function, Library, PRELUDE};
pub use intake::Intake;
pub use keys::{Group, Keys};
pub use life::LifeLine;
pub use look::{Entry, EntryId};
pub use moves::MOVES;
pub use private_server::{Fsync, PrivateServer, PrivateServerError};
pub use publish::{Mark, Published};
pub use read::Reader;
pub use recent::{Recent, RecentEvent, RecentPage};
pub use reclaim::{Reclaim, Reclaimed};
pub use refused::{Bounds, Refused, RefusedEntry, RefusedPage};
pub use replicas::Replicas;
pub use result::JobResult;
pub use retention::{Beyond, Expired, Retention, Standing};
pub use retry::Failed;
pub use route::Dispatch;
pub use servers::Servers;
pub use since::Since;
pub use store::{Patience, Store};
pub use story::Step;
pub use tls::Tls;
pub use together::{Most, Together};
pub use vitals::Vitals;
pub use whereabouts::Place;
