//! Connections for commands, to whichever server has the keys.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{Cmd, Pipeline, RedisError, RedisFuture, RedisResult, Value};

use crate::StoreError;
use crate::finder::Finder;
use crate::server::Server;
use crate::slot::Slot;

/// The shared connection for commands on the keys of one slot; cheap to clone.
///
/// A command that a server refuses because another has the keys goes to that one. No other is ever sent twice: whether
/// it was executed is not known.
#[derive(Clone)]
pub struct Connection {
    finder: Arc<Finder>,
    slot: Slot,
}

/// A connection of one's own, for reads that block. After an error a new one must be opened.
pub(crate) struct Dedicated {
    finder: Arc<Finder>,
    server: Arc<Server>,
    connection: MultiplexedConnection,
}

/// Times that a command goes to another server before its sender hears that it was refused.
const MOVES: usize = 2;

// === impl Connection ===

impl Connection {
    pub(crate) fn new(finder: Arc<Finder>, slot: Slot) -> Self {
        Self { finder, slot }
    }

    /// The same servers, for the keys of another slot.
    pub(crate) fn to(&self, slot: Slot) -> Self {
        Self { finder: self.finder.clone(), slot }
    }

    /// The next command looks its server up anew.
    pub(crate) fn give_up(&self) {
        self.finder.give_up();
    }

    /// Is there a server that is to speak TLS, and does not?
    pub(crate) async fn is_plain(&self) -> bool {
        self.finder.is_plain().await
    }

    /// A connection for a read of many or large entries: on the shared one, its answer would hold up every command
    /// behind it.
    pub(crate) async fn long_read(&self) -> Result<deadpool_redis::Connection, StoreError> {
        self.finder.server(self.slot).await?.long_read().await
    }

    /// A connection for blocking reads of up to `block`.
    pub(crate) async fn dedicated(&self, block: Duration) -> RedisResult<Dedicated> {
        let server = self.finder.server(self.slot).await?;
        let opened = server.dedicated(block).await;
        let connection = opened.inspect_err(|error| _ = self.finder.heard(&server, error))?;
        Ok(Dedicated { finder: self.finder.clone(), server, connection })
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            for _ in 0..MOVES {
                let server = self.finder.server(self.slot).await?;
                let answer = server.commands().req_packed_command(command).await;
                let refused = trouble(&answer).is_some_and(|error| self.finder.heard(&server, &error));
                if !refused {
                    return answer;
                }
            }
            self.finder.server(self.slot).await?.commands().req_packed_command(command).await
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            for _ in 0..MOVES {
                let server = self.finder.server(self.slot).await?;
                let answers = server.commands().req_packed_commands(pipeline, offset, count).await;
                if !refused_as_a_whole(&self.finder, &server, &answers) {
                    return answers;
                }
            }
            let server = self.finder.server(self.slot).await?;
            server.commands().req_packed_commands(pipeline, offset, count).await
        })
    }

    fn get_db(&self) -> i64 {
        0
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("slot", &self.slot).finish_non_exhaustive()
    }
}

// === impl Dedicated ===

impl std::fmt::Debug for Dedicated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dedicated")
    }
}

impl ConnectionLike for Dedicated {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let answer = self.connection.req_packed_command(command).await;
            if let Some(error) = trouble(&answer) {
                self.finder.heard(&self.server, &error);
            }
            answer
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let answers = self.connection.req_packed_commands(pipeline, offset, count).await;
            refused_as_a_whole(&self.finder, &self.server, &answers);
            answers
        })
    }

    fn get_db(&self) -> i64 {
        self.connection.get_db()
    }
}

/// An error, whichever way it comes.
fn trouble(answer: &RedisResult<Value>) -> Option<RedisError> {
    match answer {
        Err(error) => Some(error.clone()),
        Ok(Value::ServerError(error)) => Some(error.clone().into()),
        Ok(_) => None,
    }
}

/// All keys of a pipeline are in one slot, so a server that has not got them refuses all of it; where it did some, the
/// sender hears what it did.
fn refused_as_a_whole(finder: &Finder, server: &Arc<Server>, answers: &RedisResult<Vec<Value>>) -> bool {
    match answers {
        Err(error) => finder.heard(server, error),
        Ok(answers) => {
            let refused = |answer: &Value| match answer {
                Value::ServerError(error) => finder.heard(server, &error.clone().into()),
                _ => false,
            };
            // Each is looked at: one that says that the master is gone is news, wherever it stands.
            let refused = answers.iter().filter(|answer| refused(answer)).count();
            refused > 0 && refused == answers.len()
        }
    }
}
