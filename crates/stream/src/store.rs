//! The connection to Redis.

use std::time::Duration;

use deadpool_redis::{Connection, Manager, Pool, PoolError, Runtime};
use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::io::tcp::TcpSettings;
use redis::{AsyncConnectionConfig, Client, IntoConnectionInfo};

use crate::{Keys, StoreError};

/// How long to wait for Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// A sender waits for our answer: give up within a second.
    Sender,
    /// Nobody waits: two seconds.
    Background,
}

/// Redis, as the services use it: cheap to clone, one shared connection for commands, which comes back by itself.
///
/// Nothing that blocks goes over the shared connection: a blocking read holds up every command behind it. A
/// [`crate::Reader`] has a connection of its own.
#[derive(Clone)]
pub struct Store {
    pub(crate) keys: Keys,
    client: Client,
    commands: ConnectionManager,
    long_reads: Pool,
}

// === impl Store ===

impl Store {
    /// Does not connect yet: a service may start before Redis does.
    ///
    /// # Errors
    /// [`StoreError::Address`] if `url` is not a `redis://` address.
    pub fn open(url: &str, prefix: &str, patience: Patience) -> Result<Self, StoreError> {
        let address = |source| StoreError::Address { url: without_password(url), source };
        // Nagle's algorithm costs a third of the throughput on a real network; a half-open connection must not
        // last until the kernel gives up by itself (15 minutes).
        let tcp = TcpSettings::default().set_nodelay(true).set_user_timeout(Duration::from_secs(3));
        let info = url.into_connection_info().map_err(address)?.set_tcp_settings(tcp);
        let client = Client::open(info).map_err(address)?;
        let response = match patience {
            Patience::Sender => Duration::from_secs(1),
            Patience::Background => Duration::from_secs(2),
        };
        // The defaults let a caller hang for nine seconds while Redis is away.
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(Duration::from_millis(500)))
            .set_response_timeout(Some(response))
            .set_number_of_retries(1)
            .set_min_delay(Duration::from_millis(50))
            .set_max_delay(Duration::from_millis(200));
        let commands = ConnectionManager::new_lazy_with_config(client.clone(), config).map_err(address)?;
        let long_reads = pool(&client).map_err(address)?;
        Ok(Self { keys: Keys::new(prefix), client, commands, long_reads })
    }

    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// A handle to the shared connection, for one command or script.
    pub fn commands(&self) -> ConnectionManager {
        self.commands.clone()
    }

    /// A connection for a read of many or large entries: on the shared one, its answer would hold up every command
    /// behind it.
    pub(crate) async fn long_read(&self) -> Result<Connection, StoreError> {
        self.long_reads.get().await.map_err(|error| match error {
            PoolError::Backend(error) => error.into(),
            _ => StoreError::TimedOut,
        })
    }

    /// Is Redis there, and does it take commands?
    pub async fn ping(&self) -> Result<(), StoreError> {
        redis::cmd("PING").exec_async(&mut self.commands()).await.map_err(StoreError::from)
    }

    /// Makes the consumer groups that are missing. They start at the first entry, never at the newest, so that
    /// nothing that was added in between is passed over.
    pub async fn ensure_groups(&self) -> Result<(), StoreError> {
        for (stream, group) in self.keys.groups() {
            let made = redis::cmd("XGROUP")
                .arg("CREATE")
                .arg(stream)
                .arg(group.as_str())
                .arg("0")
                .arg("MKSTREAM")
                .exec_async(&mut self.commands())
                .await;
            match made {
                Err(error) if error.code() != Some("BUSYGROUP") => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// A connection for blocking reads of up to `block`. Its own timeout is longer: a read that times out on our
    /// side still takes the next entry, and nobody would receive it.
    pub(crate) async fn dedicated(&self, block: Duration) -> Result<MultiplexedConnection, StoreError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(Duration::from_millis(500)))
            .set_response_timeout(Some(block + Duration::from_secs(5)));
        Ok(self.client.get_multiplexed_async_connection_with_config(&config).await?)
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// What people ask for at once; a fifth waits its turn.
const LONG_READS: usize = 4;

fn pool(client: &Client) -> Result<Pool, redis::RedisError> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(Duration::from_millis(500)))
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

/// An address fit for a message: what stands before `@` is hidden.
fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}://…{}", &url[..scheme], &url[at..]),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_does_not_reach_a_message() {
        assert_eq!(without_password("redis://:secret@host:6379"), "redis://…@host:6379");
        assert_eq!(without_password("redis://host"), "redis://host");
    }
}
