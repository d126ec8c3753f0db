//! A real Redis for the tests of this crate.

use std::time::{Duration, Instant};

use redis::FromRedisValue;
use stream::{Fsync, Patience, PrivateServer, Store};
use tempfile::TempDir;

use crate::Client;

pub(crate) struct Redis {
    server: PrivateServer,
    _folder: TempDir,
}

impl Redis {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = PrivateServer::start(folder.path(), Fsync::EverySecond).await.unwrap();
        Self { server, _folder: folder }
    }

    /// A connection of its own, as another replica has.
    pub(crate) fn store(&self) -> Store {
        Store::open(&self.server.url(), "hs", Patience::Background).unwrap()
    }
}

/// Runs one line of Lua.
pub(crate) async fn lua<T: FromRedisValue>(store: &Store, line: &'static str, key: String) -> T {
    redis::Script::new(line).key(key).invoke_async(&mut store.commands()).await.unwrap()
}

pub(crate) fn client(text: &str) -> Client {
    text.parse().unwrap()
}

/// Looks again until it is so.
pub(crate) async fn eventually(limit: Duration, mut so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < limit, "still not so after {limit:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
