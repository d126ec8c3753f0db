//! A Redis with settings of a test's own, where a gateway's private one won't do.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Program, eventually};

/// A `redis-server` that knows `WAITAOF`: the one on `PATH` if it does, else the newer one among the tools.
pub fn redis_with_waitaof() -> Option<PathBuf> {
    let tools =
        std::env::var_os("HOOKSTREAM_TOOLS").map(|tools| PathBuf::from(tools).join("redis8/redis-server"));
    std::iter::once(PathBuf::from("redis-server")).chain(tools).find(|program| {
        let said = Command::new(program).arg("--version").output().map(|out| out.stdout).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let numbers = said.split_once("v=").map_or("", |(_, version)| version).split(['.', ' ']);
        let numbers: Vec<u32> = numbers.map_while(|number| number.parse().ok()).collect();
        numbers >= vec![7, 2]
    })
}

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
        Self::launch_program(Path::new("redis-server"), (bind, port), folder, arguments)
    }

    /// The same by another program than the first on `PATH`.
    pub fn launch_program(
        program: &Path,
        (bind, port): (&str, u16),
        folder: &Path,
        arguments: &[&str],
    ) -> Self {
        let mut command = Command::new(program);
        command.args(["--port", &port.to_string(), "--bind", bind, "--daemonize", "no", "--save", ""]);
        command.arg("--dir").arg(folder).args(arguments);
        let host = if bind.contains(':') { format!("[{bind}]") } else { bind.to_owned() };
        let program = Program::spawn(command, &folder.join("redis-server.log"));
        Self { program, url: format!("redis://{host}:{port}"), bind: bind.to_owned(), port }
    }

    /// Starts it and waits until it takes commands.
    pub async fn start(bind: &str, port: u16, folder: &Path, arguments: &[&str]) -> Self {
        Self::start_program(Path::new("redis-server"), (bind, port), folder, arguments).await
    }

    /// The same by another program than the first on `PATH`.
    pub async fn start_program(program: &Path, at: (&str, u16), folder: &Path, arguments: &[&str]) -> Self {
        std::fs::create_dir_all(folder).expect("a folder can be made");
        let server = Self::launch_program(program, at, folder, arguments);
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
