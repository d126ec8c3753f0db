//! A Redis server of our own, for `hookstream dev` and for tests.

use std::fs::{File, TryLockError};
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::{Patience, Store, StoreError, torn};

/// How soon what Redis has acknowledged is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fsync {
    /// Once a second: losing power loses up to two seconds. A killed process loses nothing, unless a sync was just
    /// under way: Redis keeps back what it writes meanwhile, for up to two seconds on a slow disk.
    EverySecond,
    /// Before each answer: losing power, or the process, loses nothing that was answered.
    Always,
}

/// A `redis-server` on loopback, append-only, in a folder of its own. Ends when dropped.
#[derive(Debug)]
pub struct PrivateServer {
    child: Child,
    port: u16,
    folder: PathBuf,
    cut_off: u64,
    /// Held as long as the folder is ours.
    _lock: File,
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum PrivateServerError {
    #[error("redis-server is not installed; `make run` installs it, or `apt-get install redis-server`")]
    NotInstalled,
    #[error("can't use the folder {folder} for Redis: {source}", folder = folder.display())]
    Folder { folder: PathBuf, source: io::Error },
    #[error("the folder {folder} is in use: another `hookstream dev` keeps its Redis there", folder = folder.display())]
    Taken { folder: PathBuf },
    #[error("can't start redis-server: {0}")]
    Start(#[source] io::Error),
    #[error("redis-server ended at once ({status}); its log is {log}", log = log.display())]
    Ended { status: String, log: PathBuf },
    #[error("redis-server did not answer within 30 s; its log is {log}", log = log.display())]
    Silent { log: PathBuf },
    #[error(transparent)]
    Store(#[from] StoreError),
}

const LOG: &str = "redis.log";
const PORT: &str = "redis.port";
const LOCK: &str = "lock";

// === impl PrivateServer ===

impl PrivateServer {
    /// Starts a server whose data is in `folder`, and waits until it answers. One that was left behind there by a
    /// killed process is shut down first: two servers must not write one file.
    pub async fn start(folder: &Path, fsync: Fsync) -> Result<Self, PrivateServerError> {
        let trouble = |source| PrivateServerError::Folder { folder: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(trouble)?;
        let folder = folder.canonicalize().map_err(trouble)?;
        let lock = lock(&folder)?;
        end_leftover(&folder).await;
        let port = TcpListener::bind(("127.0.0.1", 0))
            .and_then(|socket| socket.local_addr())
            .map_err(trouble)?
            .port();
        let (child, cut_off) = launch(&folder, port, fsync).await?;
        std::fs::write(folder.join(PORT), port.to_string()).map_err(trouble)?;
        let mut server = Self { child, port, folder, cut_off, _lock: lock };
        server.answers().await?;
        Ok(server)
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process' number, for tests that kill it.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// So many bytes of an unfinished transaction were taken off the append-only file before the server was started, or
    /// last revived: it had been killed while it wrote. 0 as a rule.
    pub fn cut_off(&self) -> u64 {
        self.cut_off
    }

    /// Kills the server as `kill -9` does.
    pub async fn kill(&mut self) -> io::Result<()> {
        self.child.kill().await
    }

    /// Starts the server again on its port, after [`PrivateServer::kill`].
    pub async fn revive(&mut self, fsync: Fsync) -> Result<(), PrivateServerError> {
        (self.child, self.cut_off) = launch(&self.folder, self.port, fsync).await?;
        self.answers().await
    }

    /// Ends the server, with everything on disk.
    pub async fn stop(mut self) {
        shut_down(self.port).await;
        if tokio::time::timeout(Duration::from_secs(10), self.child.wait()).await.is_err() {
            tracing::warn!("redis-server does not end; killing it");
            let _ = self.child.kill().await;
        }
        let _ = std::fs::remove_file(self.folder.join(PORT));
    }

    async fn answers(&mut self) -> Result<(), PrivateServerError> {
        let log = self.folder.join(LOG);
        let store = Store::open(&self.url(), "hs", Patience::Background)?;
        for _ in 0..600 {
            if store.ping().await.is_ok() {
                return Ok(());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(PrivateServerError::Ended { status: status.to_string(), log });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(PrivateServerError::Silent { log })
    }
}

/// The server's process, and how much of its append-only file was taken off first.
async fn launch(folder: &Path, port: u16, fsync: Fsync) -> Result<(Child, u64), PrivateServerError> {
    let own = folder.to_owned();
    let cut_off = tokio::task::spawn_blocking(move || torn::cut_off(&own)).await;
    let cut_off = cut_off
        .unwrap_or_else(|error| Err(error.into()))
        .map_err(|source| PrivateServerError::Folder { folder: folder.to_owned(), source })?;
    let child = command(folder, port, fsync).spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => PrivateServerError::NotInstalled,
        _ => PrivateServerError::Start(error),
    })?;
    Ok((child, cut_off))
}

fn command(folder: &Path, port: u16, fsync: Fsync) -> Command {
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--daemonize", "no", "--save", ""]);
    command.args(["--appendonly", "yes", "--appendfsync"]);
    command.arg(match fsync {
        Fsync::EverySecond => "everysec",
        Fsync::Always => "always",
    });
    // Two entries of 1 KB leave a node of the usual 4 KB a third empty.
    command.args(["--stream-node-max-bytes", "16384"]);
    command.args(["--maxmemory-policy", "noeviction", "--dir"]).arg(folder).args(["--logfile", LOG]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Ctrl-C in a terminal goes to the whole process group: the server must outlive our own drain.
    command.process_group(0).kill_on_drop(true);
    command
}

/// A server in a folder that is locked belongs to somebody who is alive. It goes with the process, however that ends.
fn lock(folder: &Path) -> Result<File, PrivateServerError> {
    let trouble = |source| PrivateServerError::Folder { folder: folder.to_owned(), source };
    let file =
        File::options().create(true).truncate(false).write(true).open(folder.join(LOCK)).map_err(trouble)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(PrivateServerError::Taken { folder: folder.to_owned() }),
        Err(TryLockError::Error(source)) => Err(trouble(source)),
    }
}

async fn end_leftover(folder: &Path) {
    let Ok(Ok(port)) = std::fs::read_to_string(folder.join(PORT)).map(|port| port.trim().parse::<u16>())
    else {
        return;
    };
    let Ok(store) = Store::open(&format!("redis://127.0.0.1:{port}"), "hs", Patience::Background) else {
        return;
    };
    let found: Result<Vec<String>, _> =
        redis::cmd("CONFIG").arg("GET").arg("dir").query_async(&mut store.commands()).await;
    if found.is_ok_and(|found| found.get(1).is_some_and(|dir| Path::new(dir) == folder)) {
        shut_down(port).await;
        for _ in 0..100 {
            if store.ping().await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn shut_down(port: u16) {
    if let Ok(store) = Store::open(&format!("redis://127.0.0.1:{port}"), "hs", Patience::Background) {
        // Redis closes the connection instead of answering.
        let _ = redis::cmd("SHUTDOWN").exec_async(&mut store.commands()).await;
    }
}
