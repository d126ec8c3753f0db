//! Stores events in PostgreSQL: `Delivery<RawEvent> ─read→ Row ─store→ Stored ─settle→ ()`.
//!
//! An event leaves Redis only once PostgreSQL has it, and its id keeps it from being stored twice: a crash between
//! the two is mended by delivering it again. While PostgreSQL is away, events wait in Redis.

// The walk, in the order in which an event makes it.
mod take;
mod row;
mod store;
mod settle;

// Dead letters whose time is up.
mod letter;
mod retire;

// PostgreSQL around it.
mod address;
mod connection;
mod column;
mod database;
mod schema;
mod trouble;

// The way back.
mod find;

pub use address::{Address, AddressError};
pub use find::{ArchivedEvent, FindError, Query, find};

use event::RawEvent;
use service::{About, Context, Failure, Obstacle};
use stream::{Delivery, Store};

use crate::database::Database;
use crate::retire::Retirement;
use crate::row::Row;
use crate::take::Taker;

pub const ABOUT: About = About {
    name: "archiver",
    program: "hookstream-archiver",
    port: 5003,
    port_variable: "PORT",
    does: "Stores events, and dead letters whose time is up, in PostgreSQL (DATABASE_URL)",
};

/// Stores events until the stop.
///
/// # Errors
/// `DATABASE_URL` is missing or can't be understood, or the port is taken.
pub async fn archive(context: Context) -> Result<(), Failure> {
    let address = Address::of(&context.environment)?;
    if !context.live.now().archive.enabled {
        tracing::warn!(
            "[archive] is not enabled in the configuration: the ingress copies no events to be stored"
        );
    }
    let obstacle = Obstacle::default();
    let archiving = async {
        service::each_partition(&context, |store| {
            let database = Database::new(address.clone(), context.stop.clone(), obstacle.clone());
            run(context.clone(), store, database)
        })
        .await;
        Ok(())
    };
    tokio::try_join!(service::serve_with(&context, &obstacle), archiving).map(|_| ())
}

/// The events of one partition, over one connection to PostgreSQL.
async fn run(context: Context, store: Store, mut database: Database) {
    let mut retirement = Retirement::new(store.clone());
    let mut taker = Taker::new(&context, store);
    // Nothing is taken from Redis that PostgreSQL is not there to store.
    while database.is_ready().await {
        walk(&context, &mut database, taker.take().await).await;
        retirement.look(&context, &mut database).await;
    }
}

/// One batch, from the archive's stream to PostgreSQL. Stays with it until it is stored, or a stop is asked.
async fn walk(context: &Context, database: &mut Database, deliveries: Vec<Delivery<RawEvent>>) {
    if deliveries.is_empty() {
        return database.works();
    }
    let deliveries = row::readable(deliveries).await;
    let rows: Vec<Row<'_>> = deliveries.iter().map(|(_, event)| Row::of(event)).collect();
    let Some(refused) = store::store(context, database, &rows).await else { return };
    settle::settle(deliveries, &refused).await;
}
