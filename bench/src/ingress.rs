//! Webhooks taken in a second, everything on: signature, limits, format, duplicate check, spans, counters.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use stream::{Fsync, PrivateServer};
use tempfile::TempDir;

use crate::program::{Program, free_port};
use crate::round::Comparison;
use crate::{Fallible, bare, sample};

const SECONDS: usize = 4;
const CONNECTIONS: usize = 64;

pub(crate) async fn measure() -> Fallible<Comparison> {
    let what = ("ingress", "requests a second", "≥ 0.7");
    Comparison::in_turns(what, 5, ours, bare).await
}

fn config() -> String {
    format!(
        "[[endpoints]]\nid = \"repos\"\nprovider = \"github\"\nsecrets = [\"{}\"]\n\
         rate_limit = {{ requests_per_minute = 10000000, requests_per_hour = 100000000 }}\n",
        sample::SECRET
    )
}

async fn ours() -> Fallible<f64> {
    let folder = TempDir::new()?;
    let redis = PrivateServer::start(&folder.path().join("redis"), Fsync::EverySecond).await?;
    let file = folder.path().join("hookstream.toml");
    std::fs::write(&file, config())?;
    let port = free_port()?;
    let program = Program::service("hookstream-ingress", &file, &redis.url(), port).await?;
    let rate = load(port).await;
    drop(program);
    redis.stop().await;
    rate
}

async fn bare() -> Fallible<f64> {
    let folder = TempDir::new()?;
    let redis = PrivateServer::start(folder.path(), Fsync::EverySecond).await?;
    let port = free_port()?;
    let program = Program::part(&["bare-ingress", &port.to_string(), &redis.url()], port).await?;
    let rate = load(port).await;
    drop(program);
    redis.stop().await;
    rate
}

/// Requests a second, all of them accepted.
async fn load(port: u16) -> Fallible<f64> {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let folder = TempDir::new()?;
    let script = folder.path().join("post.lua");
    std::fs::write(&script, include_str!("post.lua"))?;
    let body = String::from_utf8(sample::body().to_vec())?;
    let mut wrk = Command::new("wrk");
    wrk.arg("-t1").arg(format!("-c{CONNECTIONS}")).arg(format!("-d{SECONDS}s")).arg("-s").arg(script);
    wrk.arg(format!("http://127.0.0.1:{port}/webhook/repos"))
        .env("BENCH_SIGNATURE", bare::signature(body.as_bytes()));
    wrk.env("BENCH_RUN", RUNS.fetch_add(1, Ordering::Relaxed).to_string()).env("BENCH_BODY", body);
    let output = tokio::task::spawn_blocking(move || wrk.output()).await??;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let figures =
        said.lines().find_map(|line| line.strip_prefix("BENCH ")).ok_or_else(|| format!("wrk: {said}"))?;
    let (rate, failed) = figures.split_once(' ').ok_or("wrk said something else")?;
    if failed != "0" {
        return Err(format!("{failed} requests were not accepted: {said}").into());
    }
    Ok(rate.parse()?)
}
