//! A PostgreSQL server of the test's own.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

/// A server on a socket in a folder of its own; ends when dropped.
pub(crate) struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    server: Option<Child>,
}

// === impl Postgres ===

impl Postgres {
    /// `None`, said aloud, where PostgreSQL is not installed.
    pub(crate) async fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            eprintln!(
                "SKIPPED: PostgreSQL is not installed (apt-get install postgresql); nothing was tested"
            );
            return None;
        };
        let folder = tempfile::Builder::new().prefix("hookstream-pg-").tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        if let Some((user, group)) = another_user(folder.path()) {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let mut server = Self { folder, programs, server: None };
        let mut make = server.program("initdb");
        make.args(["-U", "hookstream", "--auth=trust", "-N", "-D"]).arg(server.data());
        let made = make.stderr(Stdio::piped()).output().unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        server.revive().await;
        Some(server)
    }

    pub(crate) fn url(&self) -> String {
        let folder = self.folder.path().to_str().unwrap().replace('/', "%2F");
        format!("postgres://hookstream@{folder}/postgres")
    }

    pub(crate) async fn client(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// Stops it as a lost machine would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            // SIGQUIT: at once, its children too; kill -9 would leave them behind.
            let _ = Command::new("kill").args(["-QUIT", &server.id().to_string()]).status();
            let _ = server.wait();
        }
    }

    /// Starts it (again) on the same data.
    pub(crate) async fn revive(&mut self) {
        let socket = self.folder.path().to_owned();
        let mut command = self.program("postgres");
        command.arg("-D").arg(self.data()).arg("-k").arg(&socket).args(["-h", "", "-F"]);
        self.server = Some(command.spawn().unwrap());
        let begun = std::time::Instant::now();
        while tokio_postgres::connect(&self.url(), NoTls).await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "PostgreSQL does not start");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A program of PostgreSQL, which refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .current_dir(self.folder.path());
        command.env("LC_ALL", "C.UTF-8");
        if let Some((user, group)) = another_user(Path::new("/proc/self")) {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Where Debian puts them, the newest first; else wherever `postgres` is found.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    folders.extend(["/usr/bin", "/usr/local/bin"].map(PathBuf::from));
    folders.into_iter().find(|folder| folder.join("initdb").exists())
}

/// The user `postgres` if we are root.
fn another_user(ours: &Path) -> Option<(u32, u32)> {
    if std::fs::metadata(ours).unwrap().uid() != 0 {
        return None;
    }
    let id = |what: &str| {
        let told = Command::new("id").args([what, "postgres"]).output().unwrap().stdout;
        String::from_utf8_lossy(&told).trim().parse().expect("PostgreSQL's package brings the user postgres")
    };
    Some((id("-u"), id("-g")))
}
