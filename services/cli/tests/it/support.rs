//! Shared by the tests: running the command, and a real Redis with dead letters in it.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use event::{Body, EventId, Millis, Plan, Priority, RawEvent, Reason};
use serde_json::Value;
use stream::{Dispatch, Fsync, Group, LastWords, Patience, PrivateServer, Reader, Store};
use tempfile::TempDir;
use tokio::process::Command;

/// What the command said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A folder of its own to run the command in.
pub(crate) struct Place {
    folder: TempDir,
}

/// A real Redis, and a folder to run the command in.
pub(crate) struct Gateway {
    pub(crate) place: Place,
    pub(crate) server: PrivateServer,
    pub(crate) store: Store,
    _data: TempDir,
}

// === impl Said ===

impl Said {
    /// Each line of standard output, which are all JSON.
    pub(crate) fn json(&self) -> Vec<Value> {
        let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        self.out.lines().map(read).collect()
    }

    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }
}

// === impl Place ===

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// The command, in this folder, with none of our variables.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hookstream"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null()).kill_on_drop(true);
        for name in ["REDIS_URL", "DATABASE_URL", "HOOKSTREAM_CONFIG", "NO_COLOR", "PORT", "RUST_LOG"] {
            command.env_remove(name);
        }
        command
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, &[]).await
    }

    pub(crate) async fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Said {
        let output = self.command(arguments).envs(variables.iter().copied()).output().await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }
}

// === impl Gateway ===

impl Gateway {
    /// The command finds this Redis as it would find that of a running `hookstream dev`.
    pub(crate) async fn start() -> Self {
        let (place, data) = (Place::new(), tempfile::tempdir().unwrap());
        let server = PrivateServer::start(data.path(), Fsync::EverySecond).await.unwrap();
        place.write(".hookstream/redis.port", server.port().to_string());
        let store = Store::open(&server.url(), "hs", Patience::Background).unwrap();
        store.ensure_groups().await.unwrap();
        Self { place, server, store, _data: data }
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Said {
        self.place.run(arguments).await
    }

    /// Publishes an event with this body and routes it.
    pub(crate) async fn routed(&self, route: &str, body: &[u8]) -> EventId {
        let event = event(body);
        self.store.publish(&event, None, false).await.unwrap();
        let router = self.reader(Group::Route);
        let delivery = router.read::<RawEvent>(&[self.store.keys().events()], 1).await.unwrap().remove(0);
        let plan = plan(route);
        let dispatch = Dispatch { delivery, plans: vec![&plan], trace: String::new() };
        Dispatch::all(vec![dispatch]).await.remove(0).unwrap();
        event.id
    }

    /// A dead letter: an event that was published, routed, tried and given up. Returns its id and the event's.
    pub(crate) async fn dead(&self, route: &str, error: &str, body: &[u8]) -> (String, EventId) {
        let id = self.routed(route, body).await;
        let worker = self.reader(Group::Work);
        let delivery = worker.claim(Priority::ALL, 1).await.unwrap().remove(0);
        let job = delivery.carried.clone().unwrap();
        let now = Millis::now();
        let last = LastWords { reason: Reason::Exhausted, error, status: Some(503), at: now };
        delivery.bury(&job, now, &last).await.unwrap();
        (self.store.newest_dead_letters(1).await.unwrap()[0].id.clone(), id)
    }

    pub(crate) async fn dead_ids(&self) -> Vec<String> {
        let page = self.store.dead_letters("-", 100).await.unwrap();
        page.letters.into_iter().map(|letter| letter.id).collect()
    }

    fn reader(&self, group: Group) -> Reader {
        Reader::new(self.store.clone(), group, "test", Duration::from_millis(200))
    }
}

fn event(body: &[u8]) -> RawEvent {
    RawEvent {
        id: EventId::random(),
        endpoint: "partner".to_owned(),
        source: "custom".to_owned(),
        event_type: "invoice.paid".to_owned(),
        received_at: Millis::now(),
        headers: [("content-type", "application/json"), ("x-\x1b[2J", "two\x07words")].into_iter().collect(),
        body: Body {
            bytes: body.to_vec().into(),
            content_type: "application/json".to_owned(),
            format: "json".to_owned(),
        },
        trace: String::new(),
        verified_by: String::new(),
        awaited: false,
    }
}

fn plan(route: &str) -> Plan {
    Plan {
        route: route.to_owned(),
        handler: "billing".to_owned(),
        priority: Priority::High,
        retry_count: 0,
        timeout: Duration::from_secs(5),
        retry_on: Vec::new(),
    }
}
