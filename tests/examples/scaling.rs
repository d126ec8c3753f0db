//! What an event costs Redis on its whole way, and how partitions and a cluster share that: the figures of
//! docs/scaling.md.
//!
//! `cargo run -p hookstream-tests --example scaling [events]`. Redis' own CPU is measured, not the time that passes:
//! whatever else the machine does, the cost of an event is the same.
#![expect(clippy::print_stdout, reason = "a program that reports")]
#![expect(clippy::expect_used, reason = "without servers there is nothing to report")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use event::{Body, EventId, Headers, Millis, Plan, Priority, RawEvent};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream as streams};
use stream::{Dispatch, Fsync, Group, JobResult, Mark, Patience, PrivateServer, Reader, Store};
use tests::{Cluster, redis_cli};

/// Senders at once.
const SENDERS: usize = 128;

#[tokio::main]
async fn main() {
    let events = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(20_000);
    println!("{events} events of 1 KB, one route each; AOF everysec\n");
    waiting(events).await;
    println!("{:<32} {:>14} {:>22}", "", "µs of Redis", "busiest server's share");
    for partitions in [1, 4, 16] {
        let folder = tempfile::tempdir().expect("a folder");
        let server = PrivateServer::start(folder.path(), Fsync::EverySecond).await.expect("redis-server");
        let store = Store::spread_over(partitions, &server.url(), "hs", Patience::Background);
        let urls = [server.url()];
        report(&format!("one server, {partitions} partitions"), &store.expect("an address"), &urls, events)
            .await;
        server.stop().await;
    }
    for partitions in [6, 12, 24] {
        let cluster = Cluster::start().await;
        let urls: Vec<String> = cluster.nodes.iter().map(tests::RedisNode::url).collect();
        let name = format!("three masters, {partitions} partitions");
        report(&name, &cluster.store(partitions), &urls, events).await;
    }
}

/// Memory of events that nobody takes.
async fn waiting(events: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let server = PrivateServer::start(folder.path(), Fsync::EverySecond).await.expect("redis-server");
    let store = Store::open(&server.url(), "hs", Patience::Background).expect("an address");
    let before = info(&server.url(), "memory", "used_memory").await;
    publish(&store, events).await;
    let each = (info(&server.url(), "memory", "used_memory").await - before) / events as f64;
    println!("an event that waits takes {each:.0} bytes, its mark and life with it\n");
    server.stop().await;
}

async fn report(name: &str, store: &Store, servers: &[String], events: usize) {
    let before = cpu(servers).await;
    walk(store, events).await;
    let after = cpu(servers).await;
    let spent: Vec<f64> = after.iter().zip(before).map(|(after, before)| after - before).collect();
    let all: f64 = spent.iter().sum();
    let busiest = spent.iter().copied().fold(0.0, f64::max);
    let each = all * 1e6 / events as f64;
    println!("{name:<32} {each:>14.1} {:>21.0}%", busiest * 100.0 / all);
}

/// Seconds of CPU that each server has used.
async fn cpu(servers: &[String]) -> Vec<f64> {
    let mut used = Vec::new();
    for server in servers {
        used.push(info(server, "cpu", "used_cpu_sys").await + info(server, "cpu", "used_cpu_user").await);
    }
    used
}

/// A number of `INFO`.
async fn info(server: &str, section: &str, name: &str) -> f64 {
    let info = redis_cli(server, &["INFO", section]).await;
    let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|number| number.trim().parse().ok()).expect("INFO says it")
}

async fn publish(store: &Store, events: usize) {
    let mark = Some(Mark { window: Duration::from_secs(86_400) });
    streams::iter(0..events)
        .map(|_| async move { store.publish(&an_event(), mark, false).await.expect("Redis takes it") })
        .buffer_unordered(SENDERS)
        .for_each(async |_| {})
        .await;
}

/// All events, from publishing with a duplicate check to completion.
async fn walk(store: &Store, events: usize) {
    let partitions = store.partitions();
    for partition in &partitions {
        partition.ensure_groups().await.expect("Redis is there");
    }
    let done = Arc::new(AtomicUsize::new(0));
    let services = partitions.iter().flat_map(|partition| {
        let (routing, working) = (route(partition.clone()), work(partition.clone(), done.clone()));
        [tokio::spawn(routing), tokio::spawn(working)]
    });
    let services: Vec<_> = services.collect();
    publish(store, events).await;
    while done.load(Ordering::Relaxed) < events {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    services.iter().for_each(tokio::task::JoinHandle::abort);
}

async fn route(store: Store) {
    let (events, plan) = ([store.keys().events()], a_plan());
    let reader = Reader::new(store, Group::Route, "scaling", Duration::from_secs(1));
    loop {
        let taken = reader.read::<RawEvent>(&events, 100).await.expect("Redis is there");
        let dispatches = taken.into_iter();
        let dispatches =
            dispatches.map(|delivery| Dispatch { delivery, plans: vec![&plan], trace: String::new() });
        for settled in Dispatch::all(dispatches.collect()).await {
            settled.expect("Redis is there");
        }
    }
}

async fn work(store: Store, done: Arc<AtomicUsize>) {
    let jobs = store.keys().all_jobs();
    let reader = Reader::new(store, Group::Work, "scaling", Duration::from_secs(1));
    let result = JobResult::delivered(Some(200));
    loop {
        let mut taken = reader.claim(Priority::ALL, 100).await.expect("Redis is there");
        if taken.is_empty() {
            taken = reader.read(&jobs, 1).await.expect("Redis is there");
        }
        let settled = join_all(taken.into_iter().map(async |delivery| {
            let job = delivery.carried.clone().expect("a job");
            delivery.complete(&job, Millis::now(), &result).await.expect("Redis is there")
        }));
        done.fetch_add(settled.await.len(), Ordering::Relaxed);
    }
}

fn an_event() -> RawEvent {
    RawEvent {
        id: EventId::random(),
        endpoint: "payments".to_owned(),
        source: "stripe".to_owned(),
        event_type: "invoice.paid".to_owned(),
        received_at: Millis::now(),
        headers: Headers::from_iter([("Content-Type", "application/json")]),
        body: Body {
            bytes: "x".repeat(1024).into(),
            content_type: "application/json".to_owned(),
            format: "json".to_owned(),
        },
        trace: String::new(),
        verified_by: "f52fbd32".to_owned(),
        awaited: false,
    }
}

fn a_plan() -> Plan {
    Plan {
        route: "process_payments".to_owned(),
        handler: "billing".to_owned(),
        priority: Priority::Normal,
        retry_count: 3,
        timeout: Duration::from_secs(10),
        retry_on: Vec::new(),
    }
}
