//! Lua scripts, as they are sent to Redis.

use std::sync::LazyLock;

use redis::{FromRedisValue, ScriptInvocation};

use crate::{Store, StoreError};

const PRELUDE: &str = include_str!("lua/prelude.lua");

/// A script with the helpers of `prelude.lua`. Sent once, then called by its hash; sent again by itself if Redis
/// has forgotten it.
pub struct Script(LazyLock<redis::Script, Box<dyn FnOnce() -> redis::Script + Send>>);

// === impl Script ===

impl Script {
    /// A step that makes room or moves what is there: it runs on even when Redis is out of memory.
    pub fn draining(body: &'static str) -> Self {
        Self(LazyLock::new(Box::new(move || {
            redis::Script::new(&format!("#!lua flags=allow-oom\n{PRELUDE}\n{body}"))
        })))
    }

    /// A step that brings something new: refused as a whole when Redis is out of memory.
    pub fn growing(body: &'static str) -> Self {
        Self(LazyLock::new(Box::new(move || redis::Script::new(&format!("#!lua flags=\n{PRELUDE}\n{body}")))))
    }

    pub fn prepare(&self) -> ScriptInvocation<'_> {
        self.0.prepare_invoke()
    }
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Script")
    }
}

impl Store {
    /// Runs a prepared script on the shared connection.
    pub async fn run<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Result<T, StoreError> {
        call.invoke_async(&mut self.commands()).await.map_err(StoreError::from)
    }
}
