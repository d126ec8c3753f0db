//! Redis itself is killed, again and again, under load: what it acknowledged is there.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use event::{Job, JobId, Priority, RawEvent};
use stream::{Carried, Fsync, Group, JobResult, Mark, Patience, Reader, Reclaim, Store};

use crate::samples::{a_plan, an_event};
use crate::yard::{PATIENCE, Server, eventually};

const KILLS: usize = 4;
const MARK: Option<Mark> = Some(Mark { window: Duration::from_secs(600) });
/// Longer than Redis is away, so that a consumer keeps what it holds across a kill.
const LEASE: Duration = Duration::from_secs(2);

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
async fn take<T: Carried>(reader: &Reader, scan: &mut Reclaim, stream: &str) -> Vec<stream::Delivery<T>> {
    let mut taken = scan.step(reader, stream, 50).await.map(|found| found.deliveries).unwrap_or_default();
    taken.extend(reader.read(&[stream.to_owned()], 50).await.unwrap_or_default());
    taken
}

async fn route(store: Store) {
    let reader = Reader::new(store.clone(), Group::Route, "test", Duration::from_millis(10));
    let (mut scan, plan) = (Reclaim::after(LEASE), a_plan("r", Priority::Normal));
    loop {
        for delivery in take::<RawEvent>(&reader, &mut scan, &store.keys().events()).await {
            let event = delivery.carried.clone().unwrap();
            let _ = delivery.dispatch(&event, &[&plan], "").await;
        }
    }
}

/// Half of the jobs are delivered, half stay where they are, so that both have to survive.
async fn work(store: Store, delivered: Arc<std::sync::Mutex<Vec<String>>>) {
    let reader = Reader::new(store.clone(), Group::Work, "test", Duration::from_millis(10));
    let mut scan = Reclaim::after(LEASE);
    loop {
        for delivery in take::<Job>(&reader, &mut scan, &store.keys().jobs(Priority::Normal)).await {
            let job = delivery.carried.clone().unwrap();
            delivered.lock().unwrap().push(job.id.to_string());
            let _ = delivery.complete(&job, &JobResult::delivered(Some(200))).await;
        }
    }
}

async fn survives(fsync: Fsync) {
    let mut server = Server::start(fsync).await;
    let url = server.redis.url();
    let open = || Store::open(&url, "hs", Patience::Background).unwrap();
    open().ensure_groups().await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let delivered: Arc<std::sync::Mutex<Vec<String>>> = Arc::default();
    let senders: Vec<_> = (0..3).map(|name| tokio::spawn(send(open(), name, Arc::clone(&stop)))).collect();
    let consumers = [tokio::spawn(route(open())), tokio::spawn(work(open(), Arc::clone(&delivered)))];
    for _ in 0..KILLS {
        let before = delivered.lock().unwrap().len();
        let enough = || (delivered.lock().unwrap().len() >= before + 50).then_some(());
        eventually("work goes on", async || enough()).await;
        server.redis.kill().await.unwrap();
        server.redis.revive(fsync).await.unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    let mut acknowledged = BTreeSet::new();
    for sender in senders {
        acknowledged.extend(tokio::time::timeout(PATIENCE, sender).await.unwrap().unwrap());
    }
    assert!(acknowledged.len() >= 50 * KILLS);
    let missing = || {
        let delivered: BTreeSet<_> = delivered.lock().unwrap().iter().cloned().collect();
        acknowledged.difference(&delivered).count()
    };
    eventually("all that was acknowledged is delivered", async || (missing() == 0).then_some(())).await;
    for consumer in &consumers {
        consumer.abort();
    }
    // A publish whose answer was lost was sent again: the mark, as durable as the event, kept it out.
    let all = delivered.lock().unwrap().clone();
    let once: BTreeSet<_> = all.iter().cloned().collect();
    assert_eq!(once, acknowledged, "nothing is delivered that was never acknowledged in the end");
    // A completion that the kill swallowed is made again within its settlement: hardly anything comes twice.
    assert!(all.len() - once.len() <= 60 * KILLS, "{} came twice", all.len() - once.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_redis_acknowledged_survives_its_kills_with_a_sync_each_second() {
    survives(Fsync::EverySecond).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_redis_acknowledged_survives_its_kills_with_a_sync_before_each_answer() {
    survives(Fsync::Always).await;
}
