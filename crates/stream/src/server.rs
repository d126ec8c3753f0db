//! One Redis server, at an address that does not change.

use std::time::Duration;

use deadpool_redis::{Connection, Manager, Pool, PoolError, Runtime};
use redis::aio::{ConnectionManagerConfig, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Client, ConnectionInfo, RedisError, RedisResult};

use crate::line::Line;
use crate::{Patience, StoreError};

/// Connects when it is first used, and again by itself.
pub(crate) struct Server {
    client: Client,
    commands: Line,
    long_reads: Pool,
}

/// What people ask for at once; a fifth waits its turn.
const LONG_READS: usize = 4;

const CONNECT: Duration = Duration::from_millis(500);

// === impl Server ===

impl Server {
    /// `retries` is how often a connection that could not be made is tried again before those who wait for it hear.
    pub(crate) fn at(info: ConnectionInfo, patience: Patience, retries: usize) -> RedisResult<Self> {
        let client = Client::open(info)?;
        // The defaults let a caller hang for nine seconds while Redis is away.
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(patience.answer_within()))
            .set_number_of_retries(retries)
            .set_min_delay(Duration::from_millis(50))
            .set_max_delay(Duration::from_millis(200));
        let commands = Line::new(client.clone(), config)?;
        let long_reads = pool(&client)?;
        Ok(Self { client, commands, long_reads })
    }

    pub(crate) fn info(&self) -> &ConnectionInfo {
        self.client.get_connection_info()
    }

    /// A handle to the shared connection.
    pub(crate) fn commands(&self) -> Line {
        self.commands.clone()
    }

    /// The shared connection is made anew, wherever the server's name leads by then.
    pub(crate) fn give_up(&self) {
        self.commands.give_up();
    }

    /// A connection for a read of many or large entries.
    pub(crate) async fn long_read(&self) -> Result<Connection, StoreError> {
        self.long_reads.get().await.map_err(|error| match error {
            PoolError::Backend(error) => error.into(),
            _ => StoreError::TimedOut,
        })
    }

    /// A connection for blocking reads of up to `block`. Its own timeout is longer: a read that times out on our
    /// side still takes the next entry, and nobody would receive it.
    pub(crate) async fn dedicated(&self, block: Duration) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(block + Duration::from_secs(5)));
        self.client.get_multiplexed_async_connection_with_config(&config).await
    }
}

fn pool(client: &Client) -> Result<Pool, RedisError> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT))
        .set_response_timeout(Some(Duration::from_secs(10)));
    let manager = Manager::new_with_config(client.get_connection_info().clone(), config)?;
    let pool = Pool::builder(manager).max_size(LONG_READS).runtime(Runtime::Tokio1);
    let wait = Some(Duration::from_secs(2));
    Ok(pool
        .create_timeout(wait)
        .wait_timeout(wait)
        .recycle_timeout(wait)
        .build()
        .expect("a runtime is named"))
}
