//! The archiver against a real PostgreSQL and a real Redis, both started here.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test's helpers may panic and say so")]

mod postgres;
mod place;

mod storing;
mod retiring;
mod trouble;
mod finding;
