//! The metrics service against a real Redis, over real HTTP.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test's helpers may panic and say so")]

mod support;

mod alerting;
mod showing;
