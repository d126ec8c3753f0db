//! What each service does around its work: settings, logs, signals, health, drain, exit codes.
//!
//! A service's `main` names itself and hands its work to [`main`]; the work gets a [`Context`].

mod allocator;
mod start;
mod options;
mod environment;
mod telemetry;
mod live;
mod stop;
mod tls;
mod backoff;
mod context;
mod footing;
mod failure;
mod crash;
mod partitions;

// What every service answers and counts.
mod pages;
mod obstacle;
mod reserves;
mod problem;
mod report;
mod retention;

pub mod catalog;
pub mod meter;
pub mod trace;

pub use backoff::Backoff;
pub use context::{About, Context};
pub use crash::crash_point;
pub use environment::Environment;
pub use failure::Failure;
pub use footing::{Footing, State};
pub use live::Live;
pub use meter::Meter;
pub use obstacle::Obstacle;
pub use options::Options;
pub use pages::{bind, page, pages, probes, serve, serve_app, serve_with};
pub use partitions::{each_partition, open_store};
pub use problem::{Problem, request_id};
pub use report::Report;
pub use reserves::{Reserves, Stock};
pub use retention::{Leaving, retention, retention_rounds, tell_expired};
pub use start::{attend, main, runtime};
pub use stop::Stop;
pub use telemetry::Telemetry;
pub use tls::use_tls;
