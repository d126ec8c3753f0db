//! PostgreSQL, as it comes and goes.

use std::time::Duration;

use service::{Backoff, Obstacle, Stop};

use crate::connection::Connection;
use crate::trouble::Trouble;
use crate::{Address, schema};

/// The connection in use, made again when it is lost.
pub(crate) struct Database {
    address: Address,
    stop: Stop,
    obstacle: Obstacle,
    backoff: Backoff,
    connection: Option<Connection>,
}

// === impl Database ===

impl Database {
    pub(crate) fn new(address: Address, stop: Stop, obstacle: Obstacle) -> Self {
        obstacle.set("PostgreSQL: not connected yet");
        let backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
        Self { address, stop, obstacle, backoff, connection: None }
    }

    /// Waits until there is a connection to a database with our tables; false once a stop is asked.
    pub(crate) async fn is_ready(&mut self) -> bool {
        !self.stop.is_asked() && self.connection().await.is_some()
    }

    /// The connection; while there is none, asks for one again and again. `None` once a stop is asked.
    pub(crate) async fn connection(&mut self) -> Option<&Connection> {
        if self.connection.as_ref().is_some_and(Connection::is_closed) {
            self.connection = None;
        }
        while self.connection.is_none() {
            let opened = tokio::select! {
                () = self.stop.asked() => return None,
                opened = open(&self.address) => opened,
            };
            match opened {
                Ok(connection) => self.connection = Some(connection),
                Err(trouble) => self.lose(&trouble).await?,
            }
        }
        self.connection.as_ref()
    }

    /// A statement failed, through no fault of ours. A server that takes connections may still refuse every
    /// statement (its disk is full): the next try waits, longer each time. `None` once a stop is asked.
    pub(crate) async fn lose(&mut self, trouble: &Trouble) -> Option<()> {
        self.connection = None;
        let address = &self.address;
        if self.backoff.is_fresh() {
            tracing::warn!(%address, %trouble, "PostgreSQL stores nothing; events wait in Redis until it does");
        }
        self.obstacle.set(format!("PostgreSQL at {address}: {trouble}"));
        self.backoff.wait(&self.stop).await.then_some(())
    }

    /// It stored something, or stood by while there was nothing to store.
    pub(crate) fn works(&mut self) {
        self.backoff.reset();
        if self.obstacle.why().is_some() {
            self.obstacle.clear();
            tracing::info!(address = %self.address, "PostgreSQL is there: events are stored");
        }
    }
}

async fn open(address: &Address) -> Result<Connection, Trouble> {
    let connection = Connection::open(address).await?;
    schema::migrate(&connection).await?;
    Ok(connection)
}
