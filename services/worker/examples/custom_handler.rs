//! A worker with a handler of its own, in Rust.
//!
//! The configuration names the handler, and routes name it as any other:
//!
//! ```toml
//! [handlers.billing]
//! type = "rust"
//! concurrency = 8
//!
//! [[routes]]
//! name = "process_payments"
//! event_types = ["payment_intent.succeeded"]
//! handler = "billing"
//! ```
//!
//! Run it in place of `hookstream-worker`, in as many processes as you like; it takes the same flags and variables, and
//! delivers to all other handlers too:
//!
//! ```sh
//! cargo run --package hookstream-worker --example custom_handler -- --config hookstream.toml
//! ```

use std::process::ExitCode;

use serde::Deserialize;
use worker::{Event, HandlerError, Registry};

/// As much of a Stripe payment as we need.
#[derive(Deserialize)]
struct Payment {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    id: String,
    amount: u64,
    currency: String,
}

/// Called at least once for each event. What was done under `event.delivery_id()` before must not be done again.
async fn billing(event: Event) -> Result<(), HandlerError> {
    // A body of another shape is a permanent error: the event becomes a dead letter at once.
    let payment: Payment = event.json()?;
    let Object { id, amount, currency } = payment.data.object;
    if currency.len() != 3 {
        return Err(HandlerError::permanent("the currency has not three letters"));
    }
    // Any other error may pass: `?` makes it one that is tried again, as the route says.
    book(event.delivery_id(), &id, amount).await?;
    tracing::info!(event.id = event.id(), attempt = event.attempt(), payment = id, "booked");
    Ok(())
}

/// Stands for your database.
async fn book(once: &str, payment: &str, amount: u64) -> std::io::Result<()> {
    tracing::debug!(once, payment, amount, "booking");
    Ok(())
}

fn main() -> ExitCode {
    worker::main(Registry::new().register("billing", billing))
}
