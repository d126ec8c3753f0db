//! The metrics service against a real Redis, over real HTTP.

mod support;

mod alerting;
mod showing;
