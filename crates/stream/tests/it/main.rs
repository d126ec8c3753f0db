//! Each move against a real Redis; then cut off, killed, interleaved at random.
#![expect(clippy::unwrap_used, reason = "a test's helpers may panic as its tests may")]

mod yard;
mod samples;
mod census;

// The moves, each alone, in the order an event makes them.
mod publish;
mod full;
mod read;
mod route;
mod claim;
mod shared;
mod function;
mod renew;
mod complete;
mod retry;
mod defer;
mod promote;
mod bury;
mod reclaim;
mod reap;
mod intake;

// What operators and the metrics service read and do.
mod dead_letters;
mod retention;
mod replay;
mod refused;
mod counters;
mod depth;
mod whereabouts;
mod life;
mod alerts;
mod results;

// The moves when something dies.
mod elsewhere;
mod proxy;
mod fault;
mod cut;
mod killed;
mod torn;
mod steps;
mod book;
mod packed;
mod play;
mod interleaved;
