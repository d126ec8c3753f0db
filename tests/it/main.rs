//! End-to-end tests. One that begins with a row's name (`v1_…`) shows that row of the mission.

mod walk;
mod stopping;

// The mission, row by row.
mod verifying;
mod receiving;
mod protecting;
mod routing;
mod watching;
mod running;

// The seed's examples.
mod examples;
