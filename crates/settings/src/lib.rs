//! The configuration file, every mistake reported at once.
//!
//! [`parse`] walks the file twice: `inspect` compares it with the tables of keys ([`schema()`] and the documentation
//! are made of the same ones), then each part (`server`, `endpoint`, `route`, …) reads its own tables and checks
//! what they mean. Both write into one report, so that a person mends everything in one go.
//!
//! ```
//! let text = r#"
//! [[endpoints]]
//! id = "payments"
//! provider = "strpe"
//! "#;
//! let mistakes = settings::parse(text, "hookstream.toml", &|_| None).unwrap_err();
//! let first = mistakes.iter().next().unwrap();
//! assert_eq!((first.line, first.column), (4, 12));
//! assert_eq!(first.suggestion.as_deref(), Some("stripe"));
//! ```

mod load;
mod settings;

// The reading.
mod shape;
mod file;
mod report;
mod mistakes;
mod nearest;
mod syntax;
mod inspect;
mod section;
mod value;
mod secret;
mod environment;
mod address;

// The parts of the file.
mod server;
mod redis;
mod redis_tls;
mod rate_limit;
mod protection;
mod quarantine;
mod admin;
mod worker;
mod keeping;
mod dead_letters;
mod bounds;
mod logging;
mod alert;
mod provider;
mod certificates;
mod endpoint;
mod signing;
mod paths;
mod route;
mod handler;
mod lease;

mod schema;
#[cfg(test)]
mod page;

pub use admin::{Admin, AdminToken, Scope};
pub use alert::{Alert, AlertMetric};
pub use bounds::{Overload, Spool};
pub use certificates::Certificates;
pub use dead_letters::{DeadLetters, WhenDue};
pub use endpoint::{Cors, Dedupe, Endpoint};
pub use handler::{Handler, HandlerKind};
pub use keeping::{Archive, Deduplication};
pub use load::{load, parse};
pub use logging::Logging;
pub use mistakes::{Mistake, Mistakes};
pub use protection::Protection;
pub use quarantine::Quarantine;
pub use rate_limit::{LimitScope, RateLimit};
pub use redis::{Durability, Redis};
pub use redis_tls::RedisTls;
pub use report::Env;
pub use schema::schema;
pub use server::Server;
pub use settings::{EXAMPLE, Settings};
pub use worker::Worker;
