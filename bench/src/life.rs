//! What an event's whole life costs Redis: published with its duplicate check, routed, claimed, completed.

use event::{Job, Millis, Priority};
use futures_util::future::try_join_all;
use redis::aio::MultiplexedConnection;
use std::time::Duration;
use stream::{Delivery, Fsync, Group, JobResult, Mark, Patience, PrivateServer, Reader, Store};
use tempfile::TempDir;

use crate::program::cpu;
use crate::round::Comparison;
use crate::{Fallible, sample};

const EVENTS: usize = 20_000;
const BATCH: usize = 100;
const MARK: Option<Mark> = Some(Mark { window: Duration::from_secs(3600) });

pub(crate) async fn measure() -> Fallible<Comparison> {
    let what = ("whole life in Redis", "µs of Redis' CPU an event", "≤ 2");
    Comparison::in_turns(what, 5, async || cost(ours).await, async || cost(bare).await).await
}

/// µs of CPU an event, on a server of its own.
async fn cost<F: Future<Output = Fallible<()>>>(live: impl Fn(String) -> F) -> Fallible<f64> {
    let folder = TempDir::new()?;
    let redis = PrivateServer::start(folder.path(), Fsync::EverySecond).await?;
    let pid = redis.pid().ok_or("Redis has ended")?;
    let before = cpu(pid)?;
    live(redis.url()).await?;
    let used = cpu(pid)? - before;
    redis.stop().await;
    Ok(used.as_secs_f64() * 1e6 / EVENTS as f64)
}

async fn ours(url: String) -> Fallible<()> {
    let store = Store::open(&*url, "hs", Patience::Background)?;
    store.ensure_groups().await?;
    sample::publish(&store, EVENTS, MARK).await?;
    sample::route(&store, &sample::plan("h")).await?;
    let worker = Reader::new(store.clone(), Group::Work, "bench", Duration::from_millis(1));
    let order = [Priority::Normal, Priority::Critical, Priority::High, Priority::Low];
    loop {
        let jobs = worker.claim(order, BATCH).await?;
        if jobs.is_empty() {
            return Ok(());
        }
        try_join_all(jobs.into_iter().map(complete)).await?;
    }
}

async fn complete(delivery: Delivery<Job>) -> Fallible<()> {
    let job = delivery.carried.clone()?;
    delivery.complete(&job, Millis(1), &JobResult::delivered(Some(200))).await?;
    Ok(())
}

type Entries = Vec<(String, Vec<(String, Vec<u8>)>)>;

/// The same moves of the same fields as bare commands in batches. It loses events when it dies at the wrong moment.
async fn bare(url: String) -> Fallible<()> {
    let mut redis = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
    for (stream, group) in [("events", "route"), ("jobs", "work")] {
        let make =
            redis::cmd("XGROUP").arg("CREATE").arg(stream).arg(group).arg("0").arg("MKSTREAM").to_owned();
        make.exec_async(&mut redis).await?;
    }
    let numbers: Vec<usize> = (0..EVENTS).collect();
    for numbers in numbers.chunks(BATCH) {
        let mut together = redis::pipe();
        numbers.iter().for_each(|number| add(&mut together, *number));
        let () = together.query_async(&mut redis).await?;
    }
    while let Some(entries) = read(&mut redis, "events", "route").await? {
        let mut together = redis::pipe();
        entries.iter().for_each(|(_, fields)| route(&mut together, fields));
        remove(&mut together, "events", "route", &entries);
        let () = together.query_async(&mut redis).await?;
    }
    while let Some(entries) = read(&mut redis, "jobs", "work").await? {
        let mut together = redis::pipe();
        remove(&mut together, "jobs", "work", &entries);
        let () = together.query_async(&mut redis).await?;
    }
    Ok(())
}

/// With the cheapest duplicate check that there is.
fn add(together: &mut redis::Pipeline, number: usize) {
    let event = sample::event(number);
    let bucket = format!("marks:{}", number % 200);
    together.cmd("HSETNX").arg(bucket).arg(event.id.as_str()).arg(1).ignore();
    let add = together.cmd("XADD").arg("events").arg("*");
    add.arg("event_id").arg(event.id.as_str()).arg("endpoint").arg(event.endpoint);
    add.arg("source").arg(event.source).arg("event_type").arg(event.event_type);
    add.arg("received_at").arg(event.received_at.0).arg("content_type").arg(event.body.content_type);
    add.arg("format").arg(event.body.format).arg("headers").arg(event.headers.to_json());
    add.arg("trace").arg(event.trace).arg("verified_by").arg(event.verified_by).arg("awaited").arg(0);
    add.arg("body").arg(&event.body.bytes[..]).ignore();
}

fn route(together: &mut redis::Pipeline, fields: &[(String, Vec<u8>)]) {
    let add =
        together.cmd("XADD").arg("jobs").arg("*").arg("job").arg("evt_0123456789abcdefghjkmnpqrs:everything");
    for (name, value) in
        [("route", "everything"), ("handler", "h"), ("priority", "normal"), ("retry_count", "3")]
    {
        add.arg(name).arg(value);
    }
    for (name, value) in
        [("timeout_ms", "30000"), ("retry_on", ""), ("attempts", "0"), ("first_at", ""), ("error", "")]
    {
        add.arg(name).arg(value);
    }
    for (name, value) in fields {
        add.arg(name).arg(&value[..]);
    }
    add.ignore();
}

async fn read(redis: &mut MultiplexedConnection, stream: &str, group: &str) -> Fallible<Option<Entries>> {
    let mut command = redis::cmd("XREADGROUP");
    command.arg("GROUP").arg(group).arg("bare").arg("COUNT").arg(BATCH).arg("STREAMS").arg(stream).arg(">");
    let reply: Option<Vec<(String, Entries)>> = command.query_async(redis).await?;
    Ok(reply.and_then(|streams| streams.into_iter().next()).map(|(_, entries)| entries))
}

fn remove(together: &mut redis::Pipeline, stream: &str, group: &str, entries: &Entries) {
    let ids: Vec<&str> = entries.iter().map(|(id, _)| id.as_str()).collect();
    together.cmd("XACK").arg(stream).arg(group).arg(&ids).ignore();
    together.cmd("XDEL").arg(stream).arg(&ids).ignore();
}
