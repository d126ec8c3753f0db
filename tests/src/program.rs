//! A running program of ours.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::built;

/// Ends when dropped: asked to first, so that it can end what it started itself.
#[derive(Debug)]
pub struct Program {
    child: Child,
    log: PathBuf,
}

// === impl Program ===

impl Program {
    /// Starts a built program; what it says goes to `log`.
    pub fn start(name: &str, arguments: &[&str], environment: &[(&str, String)], log: &Path) -> Self {
        let mut command = Command::new(built(name));
        command
            .args(arguments)
            .env_remove("RUST_LOG")
            .env("LOG_FORMAT", "pretty")
            .envs(environment.iter().map(|(name, value)| (name, value)));
        Self::spawn(command, log)
    }

    /// The same, but no file of its may grow beyond so many KiB: writing more fails.
    pub fn start_limited(
        name: &str,
        kib: u32,
        arguments: &[&str],
        environment: &[(&str, String)],
        log: &Path,
    ) -> Self {
        let mut command = Command::new("bash");
        command
            .args(["-c", &format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\"")])
            .arg(built(name))
            .args(arguments)
            .env_remove("RUST_LOG")
            .env("LOG_FORMAT", "pretty")
            .envs(environment.iter().map(|(name, value)| (name, value)));
        Self::spawn(command, log)
    }

    /// Starts a program of somebody else's.
    pub(crate) fn spawn(mut command: Command, log: &Path) -> Self {
        let file =
            std::fs::OpenOptions::new().create(true).append(true).open(log).expect("a log file can be made");
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("a file can be shared"))
            .stderr(file)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}; `make test` installs what is missing"));
        Self { child, log: log.to_owned() }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has said so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// `kill -9`, and gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        let _ = kill_process(pid, signal);
    }

    /// Asks it to end (SIGTERM) and waits.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait(Duration::from_secs(40))
            .unwrap_or_else(|| panic!("the program does not end:\n{}", self.said()))
    }

    /// Waits for it to end by itself.
    pub fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }

    /// Does it stand still, by a SIGSTOP?
    pub fn is_frozen(&self) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap_or_default();
        // Its name, which may hold anything, ends with the last bracket.
        status.rsplit_once(')').is_some_and(|(_, status)| status.trim_start().starts_with('T'))
    }

    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.is_running() {
            self.signal(Signal::TERM);
            if self.wait(Duration::from_secs(15)).is_none() {
                self.kill();
            }
        }
        if std::thread::panicking() {
            #[expect(clippy::print_stdout, reason = "the test's own output")]
            {
                println!("--- {} said:\n{}", self.log.display(), self.said());
            }
        }
    }
}
