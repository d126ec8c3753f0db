//! Events routed in a second, by five rules of which one matches, beside a loop that reads, adds and acknowledges.

use std::time::Instant;

use stream::{Fsync, Patience, PrivateServer, Store};
use tempfile::TempDir;

use crate::program::{Program, free_port, until};
use crate::round::Comparison;
use crate::{Fallible, sample};

const EVENTS: usize = 30_000;
const BATCH: usize = 100;

const CONFIG: &str = r#"
[[endpoints]]
id = "repos"
provider = "github"
secrets = ["s"]

[[routes]]
name = "pushes"
event_types = ["push"]
handler = "log"

[[routes]]
name = "closed"
filters = [{ field = "action", operator = "equals", value = "closed" }]
handler = "log"

[[routes]]
name = "large"
filters = [{ field = "number", operator = "greater_than", value = 1000 }]
handler = "log"

[[routes]]
name = "other-repository"
filters = [{ field = "repository.full_name", operator = "equals", value = "c/d" }]
handler = "log"

[[routes]]
name = "opened"
filters = [{ field = "action", operator = "equals", value = "opened" }]
handler = "log"

[handlers.log]
type = "log"
"#;

pub(crate) async fn measure() -> Fallible<Comparison> {
    let what = ("router", "events a second", "≥ 0.6");
    Comparison::in_turns(what, 5, async || drain(true).await, async || drain(false).await).await
}

/// A stream full of events, emptied.
async fn drain(by_ours: bool) -> Fallible<f64> {
    let folder = TempDir::new()?;
    let redis = PrivateServer::start(&folder.path().join("redis"), Fsync::EverySecond).await?;
    let store = Store::open(&*redis.url(), "hs", Patience::Background)?;
    store.ensure_groups().await?;
    let file = folder.path().join("hookstream.toml");
    std::fs::write(&file, CONFIG)?;
    let router = match by_ours {
        true => Some(Program::service("hookstream-router", &file, &redis.url(), free_port()?).await?),
        false => None,
    };
    router.iter().try_for_each(Program::pause)?;
    sample::publish(&store, EVENTS, None).await?;
    let begun = Instant::now();
    match &router {
        Some(router) => {
            router.go_on()?;
            until(async || {
                store.depths(event::Millis::now()).await.is_ok_and(|depths| {
                    depths.iter().all(|depth| depth.stream != "events" || depth.depth == 0)
                })
            })
            .await?;
        }
        None => bare(&redis.url(), &store).await?,
    }
    let took = begun.elapsed();
    drop(router);
    redis.stop().await;
    Ok(EVENTS as f64 / took.as_secs_f64())
}

type Entries = Vec<(String, Vec<(String, Vec<u8>)>)>;

async fn bare(url: &str, store: &Store) -> Fallible<()> {
    let mut redis = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
    let (events, jobs) = (store.keys().events(), store.keys().jobs(event::Priority::Normal));
    loop {
        let mut command = redis::cmd("XREADGROUP");
        command
            .arg("GROUP")
            .arg("route")
            .arg("bare")
            .arg("COUNT")
            .arg(BATCH)
            .arg("STREAMS")
            .arg(&events)
            .arg(">");
        let reply: Option<Vec<(String, Entries)>> = command.query_async(&mut redis).await?;
        let Some((_, entries)) = reply.and_then(|streams| streams.into_iter().next()) else { return Ok(()) };
        let mut together = redis::pipe();
        for (_, fields) in &entries {
            let add = together.cmd("XADD").arg(&jobs).arg("*").arg("route").arg("opened");
            for (name, value) in fields {
                add.arg(name).arg(&value[..]);
            }
            add.ignore();
        }
        let ids: Vec<&str> = entries.iter().map(|(id, _)| id.as_str()).collect();
        together.cmd("XACK").arg(&events).arg("route").arg(&ids).ignore();
        together.cmd("XDEL").arg(&events).arg(&ids).ignore();
        let () = together.query_async(&mut redis).await?;
    }
}
