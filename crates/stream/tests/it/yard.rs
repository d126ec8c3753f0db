//! Where a test works: a prefix of its own on a Redis server that the tests of this binary share.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use event::{Job, Millis, Plan, RawEvent};
use redis::FromRedisValue;
use stream::{
    Delivery, Dispatch, Failed, Fields, Fsync, Group, Keys, Patience, PrivateServer, Reader, Reclaim,
    Settled, Store, StoreError,
};
use tempfile::TempDir;
use tokio::sync::Mutex;

/// The server that tests share while any of them runs. It ends with the last, not with the program: a static
/// would never be dropped, and leave a server behind.
static SHARED: Mutex<Weak<Server>> = Mutex::const_new(Weak::new());

/// Longest wait for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// One server, and the folder it writes to.
pub(crate) struct Server {
    pub(crate) redis: PrivateServer,
    _folder: TempDir,
}

pub(crate) struct Yard {
    pub(crate) server: Arc<Server>,
    pub(crate) prefix: String,
    pub(crate) store: Store,
}

// === impl Server ===

impl Server {
    pub(crate) async fn start(fsync: Fsync) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { redis: PrivateServer::start(folder.path(), fsync).await.unwrap(), _folder: folder }
    }

    async fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().await;
        if let Some(server) = shared.upgrade() {
            return server;
        }
        let server = Arc::new(Self::start(Fsync::EverySecond).await);
        *shared = Arc::downgrade(&server);
        server
    }
}

// === impl Yard ===

impl Yard {
    pub(crate) async fn new() -> Self {
        Self::on(Server::shared().await).await
    }

    /// On a server of its own, for tests that do something to the server.
    pub(crate) async fn alone() -> Self {
        Self::on(Arc::new(Server::start(Fsync::EverySecond).await)).await
    }

    async fn on(server: Arc<Server>) -> Self {
        let prefix = format!("test-{:016x}", rand::random::<u64>());
        let store = Store::open(&server.redis.url(), &prefix, Patience::Background).unwrap();
        store.ensure_groups().await.unwrap();
        Self { server, prefix, store }
    }

    pub(crate) fn keys(&self) -> &Keys {
        self.store.keys()
    }

    /// Another process: a connection of its own.
    pub(crate) fn another_store(&self) -> Store {
        Store::open(&self.server.redis.url(), &self.prefix, Patience::Background).unwrap()
    }

    pub(crate) fn reader(&self, group: Group) -> Reader {
        Reader::new(self.store.clone(), group, "test", Duration::from_millis(10))
    }

    pub(crate) fn router(&self) -> Reader {
        self.reader(Group::Route)
    }

    pub(crate) fn worker(&self) -> Reader {
        self.reader(Group::Work)
    }

    /// Asks Redis directly.
    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &[&str]) -> T {
        let mut asked = redis::cmd(command[0]);
        asked.arg(&command[1..]);
        asked.query_async(&mut self.store.commands()).await.unwrap()
    }

    /// A stream's entries, oldest first.
    pub(crate) async fn entries(&self, stream: &str) -> Vec<(String, Fields)> {
        self.ask(&["XRANGE", stream, "-", "+"]).await
    }

    pub(crate) async fn length(&self, stream: &str) -> usize {
        self.ask(&["XLEN", stream]).await
    }

    /// How many entries of this group are taken and not settled.
    pub(crate) async fn pending(&self, stream: &str, group: Group) -> usize {
        let (pending, ..): (usize, Option<String>, Option<String>, redis::Value) =
            self.ask(&["XPENDING", stream, group.as_str()]).await;
        pending
    }

    pub(crate) async fn publish(&self, event: &RawEvent) {
        self.store.publish(event, None, false).await.unwrap();
    }

    /// Publishes the event and routes it by these plans.
    pub(crate) async fn routed(&self, event: &RawEvent, plans: &[&Plan]) {
        self.publish(event).await;
        let router = self.router();
        let taken: Vec<Delivery<RawEvent>> = router.read(&[self.keys().events()], 1).await.unwrap();
        for delivery in taken {
            dispatch(delivery, plans, "").await.unwrap();
        }
    }

    /// The job that this event becomes by this plan, in the hands of `worker`.
    pub(crate) async fn claimed(
        &self,
        worker: &Reader,
        event: &RawEvent,
        plan: &Plan,
    ) -> (Delivery<Job>, Job) {
        self.routed(event, &[plan]).await;
        let mut claimed = worker.claim(event::Priority::ALL, 1).await.unwrap();
        let delivery = claimed.pop().unwrap();
        let job = delivery.carried.as_deref().cloned().unwrap();
        (delivery, job)
    }

    /// Makes every entry of this stream that is in hand look untouched for an hour.
    pub(crate) async fn age(&self, stream: &str, group: Group) {
        let pending: Vec<(String, String, u64, u64)> =
            self.ask(&["XPENDING", stream, group.as_str(), "-", "+", "10000"]).await;
        for (id, owner, ..) in pending {
            self.age_one(stream, group, &owner, &id).await;
        }
    }

    pub(crate) async fn age_one(&self, stream: &str, group: Group, owner: &str, id: &str) {
        let group = group.as_str();
        let claim = ["XCLAIM", stream, group, owner, "0", id, "IDLE", "3600000", "JUSTID"];
        let _: redis::Value = self.ask(&claim).await;
    }
}

/// Routes one event.
pub(crate) async fn dispatch(
    delivery: Delivery<RawEvent>,
    plans: &[&Plan],
    trace: &str,
) -> Result<Settled, StoreError> {
    let dispatch = Dispatch { delivery, plans: plans.to_vec(), trace: trace.to_owned() };
    Dispatch::all(vec![dispatch]).await.remove(0)
}

/// An attempt that began then and failed so.
pub(crate) fn failed(began: Millis, error: &str) -> Failed<'_> {
    Failed { began, error, status: Some(500) }
}

/// Everything that anybody holds, however fresh, taken over from a stream.
pub(crate) async fn take_over<T: stream::Carried>(reader: &Reader, stream: &str) -> Vec<Delivery<T>> {
    Reclaim::after(Duration::ZERO).step(reader, stream, 100).await.unwrap().deliveries
}

/// Waits until `look` finds something.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
