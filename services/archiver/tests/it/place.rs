//! PostgreSQL, Redis, and archivers between them.

use std::time::Duration;

use archiver::{ArchivedEvent, Query};
use bytes::Bytes;
use event::{Body, EventId, Headers, Millis, RawEvent};
use service::{Context, Environment, Failure, Live, Stop};
use stream::{DeadLetter, Fsync, Group, Patience, PrivateServer, Reader, Store};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::postgres::Postgres;

const PATIENCE: Duration = Duration::from_secs(30);
const SETTINGS: &str = "[archive]\nenabled = true\n[redis]\nlease = 2\n";

pub(crate) struct Place {
    pub(crate) postgres: Postgres,
    pub(crate) redis: PrivateServer,
    pub(crate) store: Store,
    pub(crate) folder: TempDir,
}

/// An archiver in this process.
pub(crate) struct Running {
    pub(crate) context: Context,
    work: JoinHandle<Result<(), Failure>>,
}

// === impl Place ===

impl Place {
    /// `None` where PostgreSQL is not installed.
    pub(crate) async fn make() -> Option<Self> {
        Self::make_with("").await
    }

    /// The same, with more settings.
    pub(crate) async fn make_with(settings: &str) -> Option<Self> {
        service::use_tls();
        let postgres = Postgres::start().await?;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("hookstream.toml"), format!("{SETTINGS}{settings}")).unwrap();
        let redis = PrivateServer::start(&folder.path().join("redis"), Fsync::EverySecond).await.unwrap();
        let store = Store::open(&redis.url(), "hs", Patience::Background).unwrap();
        store.ensure_groups().await.unwrap();
        Some(Self { postgres, redis, store, folder })
    }

    pub(crate) fn context(&self) -> Context {
        let environment = Environment::default()
            .with("REDIS_URL", self.redis.url())
            .with("DATABASE_URL", self.postgres.url())
            .with("BIND", "127.0.0.1")
            .with("PORT", free_port().to_string());
        let live = Live::load(&self.folder.path().join("hookstream.toml"), &environment).unwrap();
        Context::new(archiver::ABOUT, environment, live, Stop::default()).unwrap()
    }

    pub(crate) fn run(&self) -> Running {
        let context = self.context();
        let work = tokio::spawn(archiver::archive(context.clone()));
        Running { context, work }
    }

    /// As the ingress does where the archive is on.
    pub(crate) async fn publish(&self, event: &RawEvent) {
        self.store.publish(event, None, true).await.unwrap();
    }

    pub(crate) async fn waiting(&self) -> u64 {
        self.number("XLEN", &[&self.store.keys().archive()]).await
    }

    pub(crate) async fn number(&self, command: &str, arguments: &[&str]) -> u64 {
        let mut command = redis::cmd(command);
        for argument in arguments {
            command.arg(*argument);
        }
        command.query_async(&mut self.store.commands()).await.unwrap()
    }

    /// Everything left Redis, settled.
    pub(crate) async fn is_empty(&self) {
        eventually("everything is archived", async || self.waiting().await == 0).await;
        let archive = self.store.keys().archive();
        let pending: (u64, redis::Value, redis::Value, redis::Value) = redis::cmd("XPENDING")
            .arg(&archive)
            .arg(Group::Archive.as_str())
            .query_async(&mut self.store.commands())
            .await
            .unwrap();
        assert_eq!(pending.0, 0, "entries are pending that are not there");
    }

    pub(crate) async fn rows(&self) -> i64 {
        let found =
            self.postgres.client().await.query_one("SELECT count(*) FROM hookstream_events", &[]).await;
        found.map_or(0, |row| row.get(0))
    }

    pub(crate) async fn find(&self, query: Query) -> Vec<ArchivedEvent> {
        let limit = if query.limit == 0 { 100 } else { query.limit };
        archiver::find(&self.postgres.url(), &Query { limit, ..query }).await.unwrap()
    }

    pub(crate) async fn one(&self, id: &EventId) -> ArchivedEvent {
        let mut found = self.find(Query { id: Some(id.to_string()), ..Query::default() }).await;
        assert_eq!(found.len(), 1);
        found.remove(0)
    }

    pub(crate) async fn dead(&self) -> Vec<DeadLetter> {
        self.store.dead_letters("-", 100).await.unwrap().letters
    }

    /// Takes everything as an archiver that then dies.
    pub(crate) async fn take_and_die(&self) {
        let reader = Reader::new(self.store.clone(), Group::Archive, "dead", Duration::from_millis(100));
        let taken = reader.read::<RawEvent>(&[self.store.keys().archive()], 100).await.unwrap();
        assert!(!taken.is_empty());
    }
}

// === impl Running ===

impl Running {
    /// Status and body of `/ready`.
    pub(crate) async fn ready(&self) -> (u16, String) {
        let url = format!("http://{}/ready", self.context.listen().unwrap());
        match reqwest::get(url).await {
            Ok(answer) => (answer.status().as_u16(), answer.text().await.unwrap()),
            Err(_) => (0, String::new()),
        }
    }

    pub(crate) async fn stop(self) {
        self.context.stop.now();
        tokio::time::timeout(PATIENCE, self.work).await.expect("it drains").unwrap().unwrap();
    }
}

pub(crate) fn event(kind: &str, format: &str, body: impl Into<Bytes>) -> RawEvent {
    RawEvent {
        id: EventId::random(),
        endpoint: "payments".to_owned(),
        source: "stripe".to_owned(),
        event_type: kind.to_owned(),
        received_at: Millis(1_700_000_000_123),
        headers: [("content-type", "x/y"), ("x-a", "1"), ("x-a", "2")].into_iter().collect::<Headers>(),
        body: Body {
            bytes: body.into(),
            content_type: format!("application/{format}"),
            format: format.to_owned(),
        },
        trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
        verified_by: String::new(),
        awaited: false,
    }
}

pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
