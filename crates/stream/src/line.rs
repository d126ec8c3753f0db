//! The shared connection for commands, given up where it would never mend by itself.
//!
//! The client's connection manager connects anew when a connection breaks, and only then. Two things it keeps for
//! ever: a first connection that was refused (a wrong password, a server still loading while a database is chosen)
//! is remembered with its error; and after a failover, the old master, now a replica, goes on answering on the same
//! connection. So both are told by their errors here, and the next command looks its server up anew.
//!
//! A connection, and the way to a new one, ends with the runtime in which it began, and whoever waits for it in another
//! would panic. actix answers on threads with runtimes of their own, which end before the rest does: what they ask is
//! asked at home, in the runtime in which the line was made.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, ErrorKind, Pipeline, RedisError, RedisFuture, RedisResult, ServerErrorKind, Value};
use tokio::runtime::Handle;

/// A handle to the shared connection, for one command or script. Cheap to clone; clones share the connection.
#[derive(Clone)]
pub(crate) struct Line(Arc<Held>);

struct Held {
    client: Client,
    config: ConnectionManagerConfig,
    home: Handle,
    manager: ArcSwap<ConnectionManager>,
    since: Instant,
    /// Milliseconds after `since` at which it was last given up.
    given_up: AtomicU64,
}

/// A server that refuses everybody must not be asked for a new connection by every request.
const GIVE_UP_EVERY: Duration = Duration::from_millis(250);

// === impl Line ===

impl Line {
    /// Does not connect yet.
    ///
    /// # Errors
    /// The configuration contradicts itself.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub(crate) fn new(client: Client, config: ConnectionManagerConfig) -> RedisResult<Self> {
        let manager = ConnectionManager::new_lazy_with_config(client.clone(), config.clone())?;
        Ok(Self(Arc::new(Held {
            client,
            config,
            home: Handle::current(),
            manager: ArcSwap::from_pointee(manager),
            since: Instant::now(),
            given_up: AtomicU64::new(0),
        })))
    }

    /// The next command connects anew, wherever the server's name leads by then.
    pub(crate) fn give_up(&self) {
        let used = self.0.manager.load_full();
        self.0.judge(true, &used);
    }
}

impl ConnectionLike for Line {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let used = self.0.manager.load_full();
            let answer = if self.0.is_at_home() {
                ConnectionManager::clone(&used).send_packed_command(command).await
            } else {
                let (mut manager, command) = (ConnectionManager::clone(&used), command.clone());
                self.0.ask(async move { manager.send_packed_command(&command).await }).await
            };
            let wrong_place = match &answer {
                Ok(value) => is_read_only(value),
                Err(error) => is_lasting(error),
            };
            self.0.judge(wrong_place, &used);
            answer
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        commands: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let used = self.0.manager.load_full();
            let answer = if self.0.is_at_home() {
                ConnectionManager::clone(&used).send_packed_commands(commands, offset, count).await
            } else {
                let (mut manager, commands) = (ConnectionManager::clone(&used), commands.clone());
                self.0.ask(async move { manager.send_packed_commands(&commands, offset, count).await }).await
            };
            let wrong_place = match &answer {
                Ok(values) => values.iter().any(is_read_only),
                Err(error) => is_lasting(error),
            };
            self.0.judge(wrong_place, &used);
            answer
        })
    }

    fn get_db(&self) -> i64 {
        self.0.manager.load().get_db()
    }
}

// === impl Held ===

impl Held {
    fn is_at_home(&self) -> bool {
        Handle::try_current().is_ok_and(|here| here.id() == self.home.id())
    }

    /// Asks at home, from elsewhere.
    async fn ask<T: Send + 'static>(
        &self,
        asking: impl Future<Output = RedisResult<T>> + Send + 'static,
    ) -> RedisResult<T> {
        let ended = |_| Err(RedisError::from(std::io::Error::other("the program is ending")));
        self.home.spawn(asking).await.unwrap_or_else(ended)
    }

    /// Connects anew with the next command, if `used` is still what is in use and this was not just done.
    fn judge(&self, wrong_place: bool, used: &Arc<ConnectionManager>) {
        if !wrong_place {
            return;
        }
        let now = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let before = self.given_up.load(Ordering::Relaxed);
        let pause = u64::try_from(GIVE_UP_EVERY.as_millis()).unwrap_or(u64::MAX);
        if before != 0 && now.saturating_sub(before) < pause {
            return;
        }
        if self.given_up.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return;
        }
        let _home = self.home.enter();
        // The configuration was taken the first time.
        if let Ok(fresh) = ConnectionManager::new_lazy_with_config(self.client.clone(), self.config.clone()) {
            self.manager.compare_and_swap(used, Arc::new(fresh));
        }
    }
}

fn is_read_only(value: &Value) -> bool {
    matches!(value, Value::ServerError(error) if error.kind() == Some(ServerErrorKind::ReadOnly))
}

/// Errors that the manager would keep, or that only another server can mend. A broken connection is not among
/// them: the manager mends it.
fn is_lasting(error: &RedisError) -> bool {
    match error.kind() {
        ErrorKind::AuthenticationFailed => true,
        ErrorKind::Server(kind) => {
            matches!(
                kind,
                ServerErrorKind::ReadOnly | ServerErrorKind::BusyLoading | ServerErrorKind::MasterDown
            )
        }
        ErrorKind::Extension => error.code().is_some_and(|code| matches!(code, "NOAUTH" | "WRONGPASS")),
        _ => false,
    }
}
