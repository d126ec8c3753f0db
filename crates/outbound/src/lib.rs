//! Requests that we make: to handlers, and for what providers let us fetch.
//!
//! None follows a redirect or goes through a proxy, and unless it is allowed to, none reaches an address that is not
//! everybody's: [`check`] judges an address that stands in a URL, the client's own connector judges names.

mod address;
mod connector;
mod clients;
mod get;
mod trouble;

pub use address::{Forbidden, Rule, check};
pub use clients::{Client, Clients, USER_AGENT};
pub use connector::Connector;
pub use get::{Bounds, GetError};
pub use trouble::describe;
