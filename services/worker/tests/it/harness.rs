//! A worker with its own Redis, and a router's hand to give it jobs.

use std::collections::HashMap;
use std::future::Future;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use event::{Body, EventId, Headers, Millis, Plan, Priority, RawEvent};
use service::{Context, Environment, Failure, Live, Stop};
use stream::{DeadLetter, Dispatch, Fsync, Group, PrivateServer, Reader, Store};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::task::JoinHandle;
use worker::Registry;

/// Redis, a configuration and as many workers as are started.
pub(crate) struct Bench {
    folder: TempDir,
    redis: PrivateServer,
    router: Reader,
}

/// A worker in a process of its own, and what it says.
pub(crate) struct Heard {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
}

pub(crate) struct Running {
    pub(crate) context: Context,
    task: JoinHandle<Result<(), Failure>>,
}

impl Bench {
    /// `handlers` is the configuration's part after the usual beginning: quick retries, a lease of one second.
    pub(crate) async fn new(handlers: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let redis = PrivateServer::start(&folder.path().join("redis"), Fsync::EverySecond).await.unwrap();
        let store = Store::open(&redis.url(), "hs", stream::Patience::Background).unwrap();
        store.ensure_groups().await.unwrap();
        let router = Reader::new(store, Group::Route, "router", Duration::from_millis(100));
        let bench = Self { folder, redis, router };
        bench.configure(handlers);
        bench
    }

    pub(crate) fn configure(&self, handlers: &str) {
        // The lease must outlast each handler's timeout; plans have their own.
        let handlers = handlers.replace("type = ", "timeout = 0.9\ntype = ");
        let text = format!(
            "[redis]\nlease = 1\n[worker]\nbackoff_base = 0.1\nbackoff_cap = 5\njitter = 0\npoison_after = 2\n{handlers}"
        );
        std::fs::write(self.folder.path().join("hookstream.toml"), text).unwrap();
    }

    pub(crate) fn store(&self) -> &Store {
        self.router.store()
    }

    pub(crate) fn worker(&self) -> Running {
        self.worker_with(Registry::new())
    }

    pub(crate) fn worker_with(&self, registry: Registry) -> Running {
        let environment = Environment::default();
        let environment =
            environment.with("REDIS_URL", self.redis.url()).with("PORT", "0").with("BIND", "127.0.0.1");
        let live = Live::load(&self.folder.path().join("hookstream.toml"), &environment).unwrap();
        let context = Context::new(worker::ABOUT, environment, live, Stop::default()).unwrap();
        let task = tokio::spawn(worker::work(context.clone(), registry));
        Running { context, task }
    }

    /// A worker in a process of its own, to be killed.
    pub(crate) fn process(&self, variables: &[(&str, &Path)]) -> Child {
        self.command().envs(variables.iter().copied()).stderr(Stdio::null()).spawn().unwrap()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hookstream-worker"));
        command.env("HOOKSTREAM_CONFIG", self.folder.path().join("hookstream.toml"));
        command.env("REDIS_URL", self.redis.url()).env("PORT", "0").env("BIND", "127.0.0.1");
        command.kill_on_drop(true);
        command
    }

    /// The same, with its log to be read.
    pub(crate) fn process_heard(&self) -> Heard {
        let mut command = self.command();
        let mut child = command.env("LOG_FORMAT", "json").stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Heard { child, lines }
    }

    /// What the router does with an event for one route.
    pub(crate) async fn route(&self, event: &RawEvent, plan: &Plan) {
        self.store().publish(event, None, false).await.unwrap();
        let events = [self.store().keys().events()];
        let mut read = self.router.read::<RawEvent>(&events, 1).await;
        if read.is_err() {
            // Its connection broke with the Redis before.
            read = self.router.read(&events, 1).await;
        }
        let delivery = read.unwrap().pop().unwrap();
        let dispatch = Dispatch { delivery, plans: vec![plan], trace: String::new() };
        Dispatch::all(vec![dispatch]).await.remove(0).unwrap();
    }

    /// The only dead letter, once it is there.
    pub(crate) async fn dead_letter(&self) -> DeadLetter {
        until(|| async { !self.store().dead_letters("-", 2).await.unwrap().letters.is_empty() }).await;
        let mut letters = self.store().dead_letters("-", 2).await.unwrap().letters;
        assert_eq!(letters.len(), 1, "{letters:?}");
        letters.remove(0)
    }

    /// The entries of a stream, by field.
    pub(crate) async fn entries(&self, stream: &str) -> Vec<HashMap<String, Vec<u8>>> {
        let mut command = redis::cmd("XRANGE");
        command.arg(stream).arg("-").arg("+");
        let entries: Vec<(String, HashMap<String, Vec<u8>>)> =
            command.query_async(&mut self.store().commands()).await.unwrap();
        entries.into_iter().map(|(_, fields)| fields).collect()
    }

    pub(crate) async fn kill_redis(&mut self) {
        self.redis.kill().await.unwrap();
    }

    pub(crate) async fn revive_redis(&mut self) {
        self.redis.revive(Fsync::EverySecond).await.unwrap();
        // The first command after a break fails: our own connection has not noticed yet.
        until(|| async { self.store().ping().await.is_ok() }).await;
    }

    /// As a Redis that comes back without its data.
    pub(crate) async fn forget_everything(&self) {
        redis::cmd("FLUSHALL").exec_async(&mut self.store().commands()).await.unwrap();
    }

    /// Nothing stands in any job stream or waits for a retry.
    pub(crate) async fn is_idle(&self) -> bool {
        let depths = self.store().depths(Millis::now()).await.unwrap();
        let waiting =
            depths.iter().filter(|depth| depth.stream.starts_with("jobs") || depth.stream == "retry");
        waiting.map(|depth| depth.depth).sum::<u64>() == 0
    }

    pub(crate) async fn until_idle(&self) {
        until(|| self.is_idle()).await;
    }
}

impl Heard {
    /// The next line with these words.
    pub(crate) async fn until_it_says(&mut self, words: &str) -> String {
        let line = async {
            loop {
                let line = self.lines.next_line().await.unwrap().expect("it lives");
                if line.contains(words) {
                    return line;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), line)
            .await
            .unwrap_or_else(|_| panic!("it never says {words:?}"))
    }

    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

impl Running {
    /// Asks for a stop and waits for the end.
    pub(crate) async fn stop(self) {
        self.context.stop.now();
        self.task.await.unwrap().unwrap();
    }

    /// What was counted so far, by the series' name.
    pub(crate) async fn counted(&self, series: &str) -> f64 {
        self.context.meter.ship(&self.context.store).await;
        self.context.store.totals().await.unwrap().0.get(series).copied().unwrap_or_default()
    }
}

pub(crate) fn event(name: &str) -> RawEvent {
    RawEvent {
        id: EventId::derived("payments", name),
        endpoint: "payments".to_owned(),
        source: "stripe".to_owned(),
        event_type: "invoice.paid".to_owned(),
        received_at: Millis::now(),
        headers: [("user-agent", "Stripe/1.0")].into_iter().collect::<Headers>(),
        body: Body {
            bytes: format!("{{\"name\": \"{name}\"}}").into(),
            content_type: "application/json; charset=utf-8".to_owned(),
            format: "json".to_owned(),
        },
        trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
        verified_by: String::new(),
        awaited: false,
    }
}

pub(crate) fn plan(handler: &str) -> Plan {
    Plan {
        route: "process.payments".to_owned(),
        handler: handler.to_owned(),
        priority: Priority::Normal,
        retry_count: 2,
        timeout: Duration::from_millis(700),
        retry_on: Vec::new(),
    }
}

/// An HTTP handler `billing` at this address.
pub(crate) fn billing(url: &str) -> String {
    format!(
        "[handlers.billing]\ntype = \"http\"\nurl = \"{url}\"\nsigning_secret = \"whsec_AAECAwQFBgcICQoLDA0ODw==\"\n\
         allow_private = true\nheaders = {{ \"X-Team\" = \"billing\" }}\n"
    )
}

/// Waits until something is so; fails after a while.
pub(crate) async fn until<F: Future<Output = bool>>(so: impl Fn() -> F) {
    for _ in 0..1500 {
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it did not come to be within 30 s");
}
