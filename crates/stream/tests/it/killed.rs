//! Redis itself is killed, again and again, under load: what it acknowledged is there.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use event::{Job, JobId, Millis, Priority, RawEvent};
use stream::{Carried, Delivery, Fsync, Group, JobResult, Mark, Patience, Published, Reader, Reclaim, Store};

use crate::samples::{a_plan, an_event};
use crate::yard::{PATIENCE, Server, dispatch, eventually};

const KILLS: usize = 4;
const MARK: Option<Mark> = Some(Mark { window: Duration::from_secs(600) });
/// Longer than Redis is away, so that a consumer keeps what it holds across a kill.
const LEASE: Duration = Duration::from_secs(2);

type Delivered = Arc<Mutex<Vec<String>>>;

/// A sender that sends again what was not acknowledged, until it is told to stop. Returns what was.
async fn send(store: Store, name: usize, stop: Arc<AtomicBool>) -> BTreeSet<String> {
    let mut acknowledged = BTreeSet::new();
    for n in 0.. {
        let event = an_event(&format!("{name} {n}"));
        while store.publish(&event, MARK, false).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        acknowledged.insert(JobId::new(&event.id, "r").to_string());
        if stop.load(Ordering::Relaxed) {
            break;
        }
    }
    acknowledged
}

/// Whatever comes, new or left behind; nothing while Redis is away.
async fn take<T: Carried>(reader: &Reader, scan: &mut Reclaim, stream: &str) -> Vec<Delivery<T>> {
    let mut taken = scan.step(reader, stream, 50).await.map(|found| found.deliveries).unwrap_or_default();
    taken.extend(reader.read(&[stream.to_owned()], 50).await.unwrap_or_default());
    taken
}

async fn route(store: Store) {
    let reader = Reader::new(store.clone(), Group::Route, "test", Duration::from_millis(10));
    let (mut scan, plan) = (Reclaim::after(LEASE), a_plan("r", Priority::Normal));
    loop {
        for delivery in take::<RawEvent>(&reader, &mut scan, &store.keys().events()).await {
            let _ = dispatch(delivery, &[&plan], "").await;
        }
    }
}

async fn work(store: Store, delivered: Delivered) {
    let reader = Reader::new(store.clone(), Group::Work, "test", Duration::from_millis(10));
    let mut scan = Reclaim::after(LEASE);
    loop {
        for delivery in take::<Job>(&reader, &mut scan, &store.keys().jobs(Priority::Normal)).await {
            let job = delivery.carried.as_deref().cloned().unwrap();
            delivered.lock().unwrap().push(job.id.to_string());
            let _ = delivery.complete(&job, Millis(1), &JobResult::delivered(Some(200))).await;
        }
    }
}

/// Kills the server while three senders, a router and a worker are busy. Returns what was acknowledged.
async fn kill_under_load(server: &mut Server, delivered: &Delivered) -> BTreeSet<String> {
    let url = server.redis.url();
    let open = || Store::open(&url, "hs", Patience::Background).unwrap();
    open().ensure_groups().await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let senders: Vec<_> = (0..3).map(|name| tokio::spawn(send(open(), name, Arc::clone(&stop)))).collect();
    tokio::spawn(route(open()));
    tokio::spawn(work(open(), Arc::clone(delivered)));
    for _ in 0..KILLS {
        let before = delivered.lock().unwrap().len();
        let enough = || (delivered.lock().unwrap().len() >= before + 50).then_some(());
        eventually("work goes on", async || enough()).await;
        server.redis.kill().await.unwrap();
        server.redis.revive(Fsync::Always).await.unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    let mut acknowledged = BTreeSet::new();
    for sender in senders {
        acknowledged.extend(tokio::time::timeout(PATIENCE, sender).await.unwrap().unwrap());
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_redis_acknowledged_survives_its_kills_under_load() {
    let (mut server, delivered) = (Server::start(Fsync::Always).await, Delivered::default());
    let acknowledged = kill_under_load(&mut server, &delivered).await;
    assert!(acknowledged.len() >= 50 * KILLS);
    let lost = || -> Vec<String> {
        let delivered: BTreeSet<_> = delivered.lock().unwrap().iter().cloned().collect();
        acknowledged.difference(&delivered).cloned().collect()
    };
    eventually("all that was acknowledged is delivered", async || lost().is_empty().then_some(())).await;
    // A publish whose answer was lost was sent again: the mark, as durable as the event, kept it out.
    let all = delivered.lock().unwrap().clone();
    let once: BTreeSet<_> = all.iter().cloned().collect();
    assert_eq!(once, acknowledged, "nothing is delivered that was not acknowledged in the end");
    // What Redis has done is done: only what was in hand at a kill may come again.
    assert!(all.len() - once.len() <= 100 * KILLS, "{} came twice", all.len() - once.len());
}

/// While a sync is under way Redis keeps back what it writes, for up to two seconds: killed then, it loses what it
/// acknowledged meanwhile. So the kill comes when nothing is kept back.
#[tokio::test]
async fn with_a_sync_each_second_what_redis_has_written_survives_its_kill() {
    let mut server = Server::start(Fsync::EverySecond).await;
    let store = Store::open(&server.redis.url(), "hs", Patience::Background).unwrap();
    let events: Vec<_> = (0..50).map(|n| an_event(&n.to_string())).collect();
    for event in &events {
        assert_eq!(store.publish(event, MARK, false).await.unwrap(), Published::Accepted);
    }
    eventually("all is written", async || {
        let info = redis::cmd("INFO").arg("persistence").query_async(&mut store.commands()).await;
        let info: String = info.unwrap();
        (info.contains("aof_buffer_length:0") && info.contains("aof_pending_bio_fsync:0")).then_some(())
    })
    .await;
    server.redis.kill().await.unwrap();
    server.redis.revive(Fsync::EverySecond).await.unwrap();
    for event in &events {
        let again = eventually("Redis is back", async || store.publish(event, MARK, false).await.ok()).await;
        assert_eq!(again, Published::Duplicate);
    }
    let length: usize =
        redis::cmd("XLEN").arg(store.keys().events()).query_async(&mut store.commands()).await.unwrap();
    assert_eq!(length, events.len());
}
