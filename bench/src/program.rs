//! Programs that are measured, and what they cost.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::Fallible;

/// Ends when dropped.
#[derive(Debug)]
pub(crate) struct Program(Child);

// === impl Program ===

impl Program {
    /// A service of ours, as its users start it, once it is ready.
    pub(crate) async fn service(name: &str, config: &Path, redis: &str, port: u16) -> Fallible<Self> {
        let mut command = Command::new(beside(name)?);
        command.arg("--config").arg(config).env("PORT", port.to_string()).env("BIND", "127.0.0.1");
        command.env("REDIS_URL", redis).env("RUST_LOG", "warn");
        let mut program = Self::start(command)?;
        let ready = format!("http://127.0.0.1:{port}/ready");
        let is_ready = async || reqwest::get(&ready).await.is_ok_and(|answer| answer.status().is_success());
        until(async || program.has_ended() || is_ready().await).await?;
        if program.has_ended() {
            return Err(format!("{name} has ended: start it by hand to see why").into());
        }
        Ok(program)
    }

    /// This program in another of its parts, once it listens.
    pub(crate) async fn part(arguments: &[&str], port: u16) -> Fallible<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments);
        let program = Self::start(command)?;
        until(async || tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok()).await?;
        Ok(program)
    }

    fn start(mut command: Command) -> Fallible<Self> {
        Ok(Self(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?))
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }

    /// Stands still until [`Program::go_on`].
    pub(crate) fn pause(&self) -> Fallible<()> {
        Ok(kill_process(Pid::from_child(&self.0), Signal::STOP)?)
    }

    pub(crate) fn go_on(&self) -> Fallible<()> {
        Ok(kill_process(Pid::from_child(&self.0), Signal::CONT)?)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A program in this one's folder.
fn beside(name: &str) -> Fallible<PathBuf> {
    let program = std::env::current_exe()?.with_file_name(name);
    if program.exists() {
        Ok(program)
    } else {
        Err(format!("{} is not built: `make bench`", program.display()).into())
    }
}

pub(crate) fn free_port() -> Fallible<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Waits until it is so, a minute at most.
pub(crate) async fn until(mut so: impl AsyncFnMut() -> bool) -> Fallible<()> {
    let begun = Instant::now();
    while !so().await {
        if begun.elapsed() > Duration::from_secs(60) {
            return Err("waited a minute in vain".into());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// CPU time that a process has used so far.
pub(crate) fn cpu(pid: u32) -> Fallible<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // After the program's name, which may hold anything: the 14th and 15th fields of all, in hundredths of a second.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 =
        fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 10))
}
