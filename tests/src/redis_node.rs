//! A Redis server among others: a node of a cluster, a replica, a sentinel.

use std::path::Path;
use std::process::Command;

use crate::ask::try_redis_cli;
use crate::{Program, eventually, free_port, redis_cli};

/// Ends when dropped.
#[derive(Debug)]
pub struct RedisNode {
    program: Option<Program>,
    arguments: Vec<String>,
    folder: std::path::PathBuf,
    pub port: u16,
}

// === impl RedisNode ===

impl RedisNode {
    /// Starts a server with these options, in a folder of its own below `folder`.
    pub async fn start(folder: &Path, options: &[&str]) -> Self {
        let port = free_port();
        let folder = folder.join(format!("redis-{port}"));
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let mut arguments: Vec<String> = ["--appendonly", "yes", "--save", "", "--bind", "127.0.0.1"]
            .into_iter()
            .chain(options.iter().copied())
            .map(str::to_owned)
            .collect();
        arguments.extend(["--port".to_owned(), port.to_string()]);
        let mut node = Self { program: None, arguments, folder, port };
        node.revive().await;
        node
    }

    /// Starts a sentinel that watches the master on this port, and asks a second one before it calls it down.
    pub async fn sentinel(folder: &Path, master: u16) -> Self {
        Self::sentinel_with(folder, master, "").await
    }

    /// The same, with more lines in its file.
    pub async fn sentinel_with(folder: &Path, master: u16, more: &str) -> Self {
        let port = free_port();
        let folder = folder.join(format!("sentinel-{port}"));
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        // Sentinels write what they learn into their file. They connect anew at most once a second: one that has just heard of
        // a new master must not call it down for the second that this takes, or the old one becomes it again.
        let text = format!(
            "port {port}\nbind 127.0.0.1\nsentinel monitor hooks 127.0.0.1 {master} 2\n\
             sentinel down-after-milliseconds hooks 2500\nsentinel failover-timeout hooks 5000\n{more}"
        );
        std::fs::write(folder.join("sentinel.conf"), text).expect("a file can be written");
        let arguments = ["sentinel.conf", "--sentinel"].map(str::to_owned).to_vec();
        let mut node = Self { program: None, arguments, folder, port };
        node.revive().await;
        node
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut program) = self.program.take() {
            program.kill();
        }
    }

    /// Starts it again where it was, and waits until it answers.
    pub async fn revive(&mut self) {
        let mut command = Command::new("redis-server");
        command.args(&self.arguments).current_dir(&self.folder);
        self.program = Some(Program::spawn(command, &self.folder.join("log")));
        eventually("the server answers", async || {
            tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.ok()
        })
        .await;
    }

    /// The same, where the server may hang up: sentinels have a new replica do so with everybody.
    pub async fn try_ask(&self, arguments: &[&str]) -> Option<String> {
        try_redis_cli(&self.url(), arguments).await.ok()
    }

    /// `redis-cli` on this server, to its end.
    pub async fn ask(&self, arguments: &[&str]) -> String {
        redis_cli(&self.url(), arguments).await
    }
}
