//! One service's process, with its wires, under a supervisor.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;

use super::fate::{self, BOTH, COPY, RETRIES};
use super::wire::Wire;
use crate::gateway::text;
use crate::{Program, free_port};

/// A process that is started again whenever it ends.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) service: &'static str,
    pub(super) port: u16,
    /// The built program; it may stand under `examples/`.
    program_name: String,
    program: Program,
    folder: PathBuf,
    place: usize,
    pub(super) to_redis: Wire,
    pub(super) to_handler: Option<Wire>,
    /// Processes that ended though nobody killed them.
    pub(super) fell: usize,
}

// === impl Unit ===

impl Unit {
    pub(super) async fn start(place: usize, service: &'static str, name: &str, context: &Ports<'_>) -> Self {
        let to_redis = Wire::to(context.redis).await;
        let to_handler = if service == "worker" { Some(Wire::to(context.handler).await) } else { None };
        let port = free_port();
        let config = configuration(place, to_handler.as_ref().map_or(context.handler, |wire| wire.port));
        let folder = context.folder.to_owned();
        std::fs::write(folder.join(format!("{place}.toml")), config).expect("a configuration can be written");
        let program = spawn(name, &folder, place, port, to_redis.port);
        let program_name = name.to_owned();
        Self { service, port, program_name, program, folder, place, to_redis, to_handler, fell: 0 }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn config(&self) -> PathBuf {
        self.folder.join(format!("{}.toml", self.place))
    }

    pub(super) fn kill(&mut self) {
        self.program.kill();
    }

    pub(super) fn signal(&self, signal: Signal) {
        self.program.signal(signal);
    }

    /// Starts it again on its port.
    pub(super) fn revive(&mut self) {
        self.program = spawn(&self.program_name, &self.folder, self.place, self.port, self.to_redis.port);
    }

    /// Starts it again if it has ended by itself.
    pub(super) fn attend(&mut self) {
        if !self.program.is_running() {
            self.fell += 1;
            self.revive();
        }
    }

    /// Asks it to end; its exit code, if it did.
    pub(super) async fn stop(&mut self) -> Option<i32> {
        self.program.signal(Signal::TERM);
        for _ in 0..400 {
            if !self.program.is_running() {
                return self.program.wait(Duration::from_secs(1)).and_then(|status| status.code());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        None
    }

    /// The end of what it said.
    pub(super) fn last_words(&self) -> String {
        let said = self.program.said();
        let from = said.char_indices().rev().nth(1500).map_or(0, |(place, _)| place);
        said[from..].to_owned()
    }
}

/// Where a unit finds the others.
#[derive(Debug)]
pub(super) struct Ports<'a> {
    pub(super) folder: &'a Path,
    pub(super) redis: u16,
    pub(super) handler: u16,
}

fn spawn(name: &str, folder: &Path, place: usize, port: u16, redis: u16) -> Program {
    let config = folder.join(format!("{place}.toml"));
    let environment = [
        ("PORT", port.to_string()),
        ("METRICS_PORT", port.to_string()),
        ("BIND", "127.0.0.1".to_owned()),
        ("REDIS_URL", format!("redis://127.0.0.1:{redis}")),
        // A line for each event of a million would fill the disk.
        ("LOG_LEVEL", "error".to_owned()),
    ];
    let log = folder.join(format!("{place}.log"));
    Program::start(name, &["--config", text(&config)], &environment, &log)
}

/// Each worker tells the handler who it is.
fn configuration(place: usize, handler: u16) -> String {
    let mut config = format!(
        "[redis]\nlease = {lease}\n[worker]\nbackoff_base = 0.1\nbackoff_cap = 1\n\
         [[endpoints]]\nid = \"in\"\nprovider = \"custom\"\nsecrets = [\"chaos_0123456789\"]\n\
         rate_limit = {{ requests_per_minute = 0 }}\n\
         signature = {{ header = \"X-Webhook-Signature\", id_header = \"X-Webhook-Id\" }}\n\
         [handlers.out]\ntype = \"http\"\nurl = \"http://127.0.0.1:{handler}/\"\nallow_private = true\ntimeout = 3\n\
         headers = {{ \"X-Worker\" = \"{place}\" }}\n",
        lease = super::LEASE as f64 / 1000.0
    );
    let routes = fate::ROUTES.map(|(name, priority)| (name, name, priority));
    for (name, event_type, priority) in routes.into_iter().chain([(COPY, BOTH, "low")]) {
        let also = if name == "normal" { format!(", \"{BOTH}\"") } else { String::new() };
        config += &format!(
            "[[routes]]\nname = \"{name}\"\nevent_types = [\"{event_type}\"{also}]\npriority = \"{priority}\"\n\
             retry_count = {RETRIES}\ntimeout = 3\nhandler = \"out\"\n"
        );
    }
    config
}
