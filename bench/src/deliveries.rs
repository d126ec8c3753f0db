//! Jobs delivered in a second, signed, beside the bare HTTP client that posts the same bodies.

use std::time::Instant;

use event::Millis;
use futures_util::stream::{self as futures, StreamExt, TryStreamExt};
use stream::{Fsync, Patience, PrivateServer, Store};
use tempfile::TempDir;

use crate::program::{Program, free_port, until};
use crate::round::Comparison;
use crate::{Fallible, sample};

const JOBS: usize = 15_000;
const AT_ONCE: usize = 64;

pub(crate) async fn measure() -> Fallible<Comparison> {
    let what = ("deliveries", "deliveries a second", "≥ 0.5");
    Comparison::in_turns(what, 5, ours, bare).await
}

fn config(sink: u16) -> String {
    format!(
        "[worker]\nconcurrency = {AT_ONCE}\n\n\
         [[endpoints]]\nid = \"repos\"\nprovider = \"github\"\nsecrets = [\"s\"]\n\n\
         [[routes]]\nname = \"everything\"\nhandler = \"sink\"\n\n\
         [handlers.sink]\ntype = \"http\"\nurl = \"http://127.0.0.1:{sink}/\"\nallow_private = true\n\
         signing_secret = \"whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz\"\nconcurrency = {AT_ONCE}\n"
    )
}

async fn ours() -> Fallible<f64> {
    let folder = TempDir::new()?;
    let redis = PrivateServer::start(&folder.path().join("redis"), Fsync::EverySecond).await?;
    let store = Store::open(&*redis.url(), "hs", Patience::Background)?;
    store.ensure_groups().await?;
    let port = free_port()?;
    let sink = Program::part(&["sink", &port.to_string()], port).await?;
    let file = folder.path().join("hookstream.toml");
    std::fs::write(&file, config(port))?;
    let worker = Program::service("hookstream-worker", &file, &redis.url(), free_port()?).await?;
    worker.pause()?;
    sample::publish(&store, JOBS, None).await?;
    sample::route(&store, &sample::plan("sink")).await?;
    let begun = Instant::now();
    worker.go_on()?;
    until(async || {
        store.depths(Millis::now()).await.is_ok_and(|depths| depths.iter().all(|depth| depth.depth == 0))
    })
    .await?;
    let took = begun.elapsed();
    drop((worker, sink));
    redis.stop().await;
    Ok(JOBS as f64 / took.as_secs_f64())
}

async fn bare() -> Fallible<f64> {
    let port = free_port()?;
    let sink = Program::part(&["sink", &port.to_string()], port).await?;
    let client = reqwest::Client::new();
    let (url, body) = (format!("http://127.0.0.1:{port}/"), sample::body());
    let begun = Instant::now();
    let post = |_| {
        let request = client.post(&url).header("content-type", "application/json").body(body.clone());
        async move { request.send().await?.bytes().await }
    };
    futures::iter(0..JOBS).map(post).buffer_unordered(AT_ONCE).try_for_each(async |_| Ok(())).await?;
    let took = begun.elapsed();
    drop(sink);
    Ok(JOBS as f64 / took.as_secs_f64())
}
