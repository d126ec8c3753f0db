//! The connection to Redis.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::connection::{Connection, Dedicated};
use crate::finder::Finder;
use crate::partitions::Spread;
use crate::publish::Publishing;
use crate::replicas::{Barriers, Replicas};
use crate::slot::Slot;
use crate::{Keys, Servers, StoreError, Tls, publish, tls};

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
/// It has the keys of one partition, the first unless another was asked for. Nothing that blocks goes over the shared
/// connection: a blocking read holds up every command behind it. A [`crate::Reader`] has a connection of its own.
#[derive(Clone)]
pub struct Store {
    pub(crate) keys: Keys,
    pub(crate) partition: u16,
    pub(crate) spread: Arc<Spread>,
    /// Replicas that an event must have reached, if any.
    pub(crate) barriers: Option<Barriers>,
    commands: Connection,
    /// The servers have no functions.
    scripts: Arc<AtomicBool>,
    /// Lines of events' lives that are kept.
    history: u32,
    /// For each partition that new events go to.
    publishing: Arc<[Publishing]>,
}

// === impl Patience ===

impl Patience {
    pub(crate) fn answer_within(self) -> Duration {
        match self {
            Self::Sender => Duration::from_secs(1),
            Self::Background => Duration::from_secs(2),
        }
    }
}

// === impl Store ===

impl Store {
    /// Does not connect yet: a service may start before Redis does. Events stay in one partition.
    ///
    /// # Errors
    /// [`StoreError::Address`] if one of the addresses can't be understood.
    pub fn open(servers: impl Into<Servers>, prefix: &str, patience: Patience) -> Result<Self, StoreError> {
        Self::spread_over(1, servers, prefix, patience)
    }

    /// The same, with events spread over so many partitions.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn spread_over(
        partitions: u16,
        servers: impl Into<Servers>,
        prefix: &str,
        patience: Patience,
    ) -> Result<Self, StoreError> {
        Self::over(&Tls::default(), partitions, servers, prefix, patience)
    }

    /// The same, with these certificates where the servers are spoken to over TLS.
    ///
    /// # Errors
    /// As [`Store::open`]; [`StoreError::Tls`] if a certificate or key can't be understood.
    pub fn over(
        tls: &Tls,
        partitions: u16,
        servers: impl Into<Servers>,
        prefix: &str,
        patience: Patience,
    ) -> Result<Self, StoreError> {
        let servers = servers.into();
        let finder = Arc::new(Finder::new(&servers, tls, patience)?);
        let keys = Keys::new(prefix, 0);
        let commands = Connection::new(finder, Slot::of(keys.base()));
        let spread = Arc::new(Spread::new(prefix, partitions));
        let publishing = (0..partitions.max(1)).map(|_| Publishing::new(publish::MOST)).collect();
        let (scripts, history, barriers) = (Arc::default(), HISTORY, None);
        Ok(Self { keys, partition: 0, spread, barriers, commands, scripts, history, publishing })
    }

    /// The same Redis, with the keys of another partition.
    pub fn partition(&self, number: u16) -> Self {
        if number == self.partition {
            return self.clone();
        }
        let keys = Keys::new(self.spread.prefix(), number);
        let commands = self.commands.to(Slot::of(keys.base()));
        Self { keys, partition: number, commands, ..self.clone() }
    }

    /// The same, but an event counts as accepted only once so many replicas have it.
    #[must_use]
    pub fn with_replicas(self, wanted: Replicas) -> Self {
        Self { barriers: (wanted.count > 0).then(|| Barriers::new(wanted)), ..self }
    }

    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// A handle to the shared connection, for one command or script on keys of this partition.
    pub fn commands(&self) -> Connection {
        self.commands.clone()
    }

    /// The same for a key that is not ours.
    pub(crate) fn commands_for(&self, key: &str) -> Connection {
        self.commands.to(Slot::of(key))
    }

    /// Keeps this many lines of what happened to events, all of a partition's together; none with 0.
    #[must_use]
    pub fn keeping(mut self, history: u32) -> Self {
        self.history = history;
        self
    }

    pub(crate) fn history(&self) -> u32 {
        self.history
    }

    /// What is published to this partition travels together.
    pub(crate) fn publishing(&self) -> &Publishing {
        &self.publishing[usize::from(self.partition)]
    }

    pub(crate) fn uses_scripts(&self) -> bool {
        self.scripts.load(Ordering::Relaxed)
    }

    pub(crate) fn use_scripts(&self) {
        self.scripts.store(true, Ordering::Relaxed);
    }

    /// A connection for a read of many or large entries: on the shared one, its answer would hold up every command
    /// behind it.
    pub(crate) async fn long_read(&self) -> Result<deadpool_redis::Connection, StoreError> {
        self.commands.long_read().await
    }

    /// Gives the shared connections up: after a failover, a server's name leads elsewhere.
    pub fn look_elsewhere(&self) {
        self.commands.give_up();
    }

    /// Is Redis there, and does it take commands?
    pub async fn ping(&self) -> Result<(), StoreError> {
        redis::cmd("PING").exec_async(&mut self.commands()).await.map_err(StoreError::from)
    }

    /// The same error, or a better one: whoever speaks TLS to a server that does not hears nothing.
    pub(crate) async fn explained(&self, error: StoreError) -> StoreError {
        let silent = matches!(error, StoreError::TimedOut | StoreError::Unreachable(_));
        if silent && self.commands.is_plain().await { StoreError::Tls(tls::PLAIN.to_owned()) } else { error }
    }

    /// Makes the consumer groups of this partition that are missing. They start at the first entry, never at the
    /// newest, so that nothing that was added in between is passed over.
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
                // A full Redis makes no group, though it is there already; one that is missing is made by whoever misses it.
                Err(error) if !matches!(error.code(), Some("BUSYGROUP" | "OOM")) => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// A connection for blocking reads of up to `block`.
    pub(crate) async fn dedicated(&self, block: Duration) -> Result<Dedicated, StoreError> {
        Ok(self.commands.dedicated(block).await?)
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// About 18 MB.
const HISTORY: u32 = 100_000;
