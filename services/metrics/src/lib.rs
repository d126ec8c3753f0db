//! Adds up what all processes have counted, shows it, and tells somebody when it is wrong:
//!
//! `increments ─fold→ totals`, `totals ─sample→ Sample ─render→ text`, `totals ─judge→ Verdict ─tell→ ()`.
//!
//! Any number of these services may run: each shipment is folded once, and one of them tells.

// Adding up.
mod fold;

// Showing.
mod page;
mod sample;
mod known;
mod series;
mod render;

// Telling.
mod watch;
mod judge;
mod tell;

use service::{About, Context, Failure};

pub const ABOUT: About = About {
    name: "metrics",
    program: "hookstream-metrics",
    port: 9090,
    port_variable: "METRICS_PORT",
    does: "Adds up all services' counters, serves them to Prometheus and sends alerts",
};

/// Folds, serves `/metrics` and watches the alerts until the stop.
///
/// # Errors
/// The port is taken.
pub async fn report(context: Context) -> Result<(), Failure> {
    let working = async {
        tokio::join!(fold::fold(&context), watch::watch(&context));
        Ok(())
    };
    tokio::try_join!(page::serve(&context), working).map(|_| ())
}
