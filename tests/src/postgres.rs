//! A real PostgreSQL.

use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::gateway::text;
use crate::{Program, eventually, free_port};

#[derive(Debug)]
pub struct Postgres {
    program: Program,
    port: u16,
    _folder: TempDir,
}

// === impl Postgres ===

impl Postgres {
    pub async fn start() -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        let data = folder.path().join("data");
        if rustix::process::geteuid().is_root() {
            // PostgreSQL refuses to be root; Debian's package made a user for it.
            let id = number(&["-u", "postgres"]);
            chown(folder.path(), Some(id), None).expect("root may");
        }
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("it is ours");
        let mut initdb = as_postgres("initdb");
        initdb.args(["--pgdata", text(&data), "--username=hookstream", "--auth=trust", "--no-sync"]);
        must(initdb.current_dir(folder.path()).output().expect("initdb runs"));
        let port = free_port();
        let mut command = as_postgres("postgres");
        command.args(["-D", text(&data), "-h", "127.0.0.1", "-p", &port.to_string()]);
        command.args(["-c", "unix_socket_directories=", "-c", "fsync=off"]).current_dir(folder.path());
        let program = Program::spawn(command, &folder.path().join("postgres.log"));
        let postgres = Self { program, port, _folder: folder };
        eventually("PostgreSQL answers", async || postgres.try_ask("SELECT 1").ok()).await;
        postgres
    }

    /// For `DATABASE_URL`.
    pub fn url(&self) -> String {
        format!("postgres://hookstream@127.0.0.1:{}/postgres", self.port)
    }

    /// What `psql` gives: a line a row, `|` between columns.
    pub fn ask(&self, sql: &str) -> String {
        self.try_ask(sql).unwrap_or_else(|said| panic!("{sql}: {said}"))
    }

    /// The same, or what it says instead.
    pub fn try_ask(&self, sql: &str) -> Result<String, String> {
        let url = self.url();
        let out = Command::new("psql").args([&url, "-X", "-A", "-t", "-c", sql]).output().expect("psql runs");
        let said = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_owned();
        if out.status.success() { Ok(said(out.stdout)) } else { Err(said(out.stderr)) }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Fast: without waiting until its clients have gone.
        self.program.signal(Signal::INT);
    }
}

fn as_postgres(name: &str) -> Command {
    let program = newest().join(name);
    if !rustix::process::geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", text(&program)]);
    command
}

/// The programs of Debian's newest version.
fn newest() -> PathBuf {
    let all =
        std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed; `make test` does that");
    let mut folders: Vec<PathBuf> = all.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect();
    folders.retain(|folder| folder.join("postgres").exists());
    folders.sort_by_key(|folder| version(folder));
    folders.pop().expect("PostgreSQL is installed; `make test` does that")
}

fn version(bin: &Path) -> u32 {
    let name = bin.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    name.and_then(|name| name.parse().ok()).unwrap_or_default()
}

fn number(arguments: &[&str]) -> u32 {
    let out = must(Command::new("id").args(arguments).output().expect("id runs"));
    String::from_utf8_lossy(&out.stdout).trim().parse().expect("a number")
}

fn must(out: Output) -> Output {
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    out
}
