//! A vocabulary for end-to-end tests: the built programs, real servers, free ports, and folders of their own.
//!
//! Nothing here sleeps to wait: [`eventually`] waits for the thing.

mod authority;
mod place;
mod program;
mod gateway;
mod fleet;
mod redis_node;
mod cluster;
mod sentinels;
mod served;
mod receiver;
mod sender;
mod site;
mod foreign;
mod collector;
mod prometheus;
mod nginx;
mod postgres;
mod redis;
mod waiting;
mod load;
mod ask;

pub mod chaos;

pub use ask::{ADMIN_TOKEN, ask, idle, redis_cli};
pub use authority::{Authority, Valid};
pub use cluster::Cluster;
pub use collector::{Collector, Span};
pub use fleet::{Fleet, Member};
pub use foreign::{hmac, python, python_program, rsa_key, rsa_sign, rsa_sign_with};
pub use gateway::Gateway;
pub use load::load_during;
pub use nginx::Nginx;
pub use place::{built, free_port, repository, run};
pub use postgres::Postgres;
pub use program::Program;
pub use prometheus::{Prometheus, Series};
pub use receiver::{Call, Receiver};
pub use redis::{RedisServer, redis_with_waitaof};
pub use redis_node::RedisNode;
pub use sender::{Answer, Sender};
pub use sentinels::Sentinels;
pub use site::{Page, Site};
pub use waiting::{eventually, until};
