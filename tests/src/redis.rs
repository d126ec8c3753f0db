//! A Redis with settings of a test's own, where a gateway's private one won't do.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Program, eventually};

/// A `redis-server` on an address of loopback. Ends when dropped.
#[derive(Debug)]
pub struct RedisServer {
    pub program: Program,
    pub url: String,
    bind: String,
    port: u16,
}

// === impl RedisServer ===

impl RedisServer {
    /// Starts it and does not wait. `bind` is `127.0.0.1` or `::1`; `folder` must be there.
    pub fn launch(bind: &str, port: u16, folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", bind, "--daemonize", "no", "--save", ""]);
        command.arg("--dir").arg(folder).args(arguments);
        let host = if bind.contains(':') { format!("[{bind}]") } else { bind.to_owned() };
        let program = Program::spawn(command, &folder.join("redis-server.log"));
        Self { program, url: format!("redis://{host}:{port}"), bind: bind.to_owned(), port }
    }

    /// Starts it and waits until it takes commands.
    pub async fn start(bind: &str, port: u16, folder: &Path, arguments: &[&str]) -> Self {
        std::fs::create_dir_all(folder).expect("a folder can be made");
        let server = Self::launch(bind, port, folder, arguments);
        let store = stream::Store::open(&server.url, "hs", stream::Patience::Background).expect("an address");
        eventually("Redis answers", async || store.ping().await.ok()).await;
        server
    }

    /// `redis-cli` to its end. What Redis refuses is a mistake of the test's.
    ///
    /// # Panics
    /// Redis refuses it.
    pub async fn tell(&self, arguments: &[&str]) -> String {
        let mut command = tokio::process::Command::new("redis-cli");
        command.args(["-h", &self.bind, "-p", &self.port.to_string(), "--raw", "-e"]).args(arguments);
        let out = command.stdin(Stdio::null()).kill_on_drop(true).output().await.expect("redis-cli runs");
        assert!(out.status.success(), "redis-cli {arguments:?}: {out:?}");
        String::from_utf8(out.stdout).expect("text").trim_end().to_owned()
    }
}
