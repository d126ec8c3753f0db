//! What Redis keeps of what it acknowledges, compared with what the configuration asks for.

use std::path::Path;
use std::time::Duration;

use tests::{Fleet, RedisServer, free_port, until};

use super::{ENDPOINT, send};

async fn fleet(redis: &str) -> Fleet {
    Fleet::prepare(&format!("[redis]\n{redis}\n{ENDPOINT}"), &[]).await
}

/// What an ingress says that does not start.
async fn refusal(fleet: &mut Fleet, url: &str) -> String {
    let mut ingress = fleet.launch_with("ingress", &[("REDIS_URL", url.to_owned())]);
    let ended = ingress.program.wait(Duration::from_secs(30)).expect("it does not stay up");
    assert_eq!(ended.code(), Some(2), "{}", ingress.program.said());
    ingress.program.said()
}

#[tokio::test]
async fn less_than_asked_for_is_warned_of_or_refused() {
    let mut fleet = fleet("durability = \"always\"").await;
    let ingress = fleet.start("ingress").await;
    let warning = "Redis keeps less than `durability = \"always\"`";
    until("it is warned of", true, async || ingress.program.said().contains(warning)).await;
    assert_eq!(send(&fleet.sender(&ingress, "in"), 0).await.status, 200);
    let required = format!("[redis]\ndurability = \"always\"\nrequire = true\n{ENDPOINT}");
    std::fs::write(&fleet.config, required).expect("a configuration");
    let url = fleet.redis.url();
    let said = refusal(&mut fleet, &url).await;
    assert!(said.contains("appendfsync everysec") && said.contains("`appendfsync always`"), "{said}");
    let own = fleet.folder.path().join("own");
    let always = ["--appendonly", "yes", "--appendfsync", "always"];
    let redis = RedisServer::start("127.0.0.1", free_port(), &own, &always).await;
    let mut ingress = fleet.launch_with("ingress", &[("REDIS_URL", redis.url.clone())]);
    ingress.ready().await;
    until("it is told", true, async || {
        ingress.program.said().contains("nothing that was acknowledged is lost but with the disk")
    })
    .await;
}

#[tokio::test]
async fn a_server_that_forbids_config_is_asked_what_it_may_say() {
    let mut fleet = fleet("durability = \"everysec\"").await;
    let acl = ["ACL", "SETUSER", "app", "on", ">pass", "~*", "&*", "+@all", "-config"];
    tests::redis_cli(&fleet.redis.url(), &acl).await;
    let url = fleet.redis.url().replace("redis://", "redis://app:pass@");
    let mut ingress = fleet.launch_with("ingress", &[("REDIS_URL", url.clone())]);
    ingress.ready().await;
    until("it is told", true, async || ingress.program.said().contains("CONFIG GET is forbidden")).await;
    std::fs::write(&fleet.config, format!("[redis]\nrequire = true\n{ENDPOINT}")).expect("a configuration");
    assert!(refusal(&mut fleet, &url).await.contains("CONFIG GET is forbidden"));
}

#[tokio::test]
async fn a_redis_that_evicts_is_refused() {
    let mut fleet = fleet("").await;
    let evicting = ["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"];
    tests::redis_cli(&fleet.redis.url(), &evicting).await;
    let url = fleet.redis.url();
    assert!(refusal(&mut fleet, &url).await.contains("`maxmemory-policy noeviction`"));
    // Changed under a running ingress, it takes nothing until it is changed back.
    tests::redis_cli(&url, &["CONFIG", "SET", "maxmemory-policy", "noeviction"]).await;
    let ingress = fleet.start("ingress").await;
    let sender = fleet.sender(&ingress, "in");
    assert_eq!(send(&sender, 0).await.status, 200);
    tests::redis_cli(&url, &evicting).await;
    until("it takes nothing", 503, async || send(&sender, 0).await.status).await;
    assert_eq!(ingress.readiness().await.0, 503);
    tests::redis_cli(&url, &["CONFIG", "SET", "maxmemory-policy", "noeviction"]).await;
    until("it takes events again", 200, async || send(&sender, 0).await.status).await;
}

/// A replica of the fleet's Redis.
async fn replica(fleet: &Fleet, folder: &Path) -> RedisServer {
    let port = fleet.redis.port().to_string();
    RedisServer::start("127.0.0.1", free_port(), folder, &["--replicaof", "127.0.0.1", &port]).await
}

#[tokio::test]
async fn an_event_counts_only_once_a_replica_has_it() {
    let mut fleet = fleet("min_replicas = 1").await;
    let ingress = fleet.start("ingress").await;
    let sender = fleet.sender(&ingress, "in");
    // Also the second time, though its mark is there.
    for _ in 0..2 {
        let answer = send(&sender, 0).await;
        assert_eq!((answer.status, answer.code()), (503, "queue_unavailable"), "{answer:?}");
    }
    let replica = replica(&fleet, &fleet.folder.path().join("replica")).await;
    until("the replica has it", 200, async || send(&sender, 0).await.status).await;
    let answers = futures_util::future::join_all((1..40).map(|n| send(&sender, n))).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    let (events, length) = (fleet.store.keys().events(), "40");
    assert_eq!(replica.tell(&["XLEN", &events]).await, length);
    drop(replica);
    assert_eq!(send(&sender, 99).await.status, 503);
}

/// On its disk, not in its memory only: `WAITAOF`, which Redis has since 7.2.
#[tokio::test]
async fn with_always_an_event_counts_only_once_it_is_on_a_replicas_disk() {
    let Some(newer) = tests::redis_with_waitaof() else {
        println!("skipped: no redis-server here knows WAITAOF; `deploy/scripts/tool redis8` installs one");
        return;
    };
    let mut fleet = fleet("durability = \"always\"\nmin_replicas = 1").await;
    let folder = |name: &str| fleet.folder.path().join(name);
    let port = free_port();
    let on_disk = ["--appendonly", "yes", "--appendfsync", "always", "--repl-diskless-sync-delay", "0"];
    let master = RedisServer::start_program(&newer, ("127.0.0.1", port), &folder("newer"), &on_disk).await;
    let follow =
        ["--replicaof", "127.0.0.1", &port.to_string(), "--appendonly", "no", "--appendfsync", "always"];
    let replica =
        RedisServer::start_program(&newer, ("127.0.0.1", free_port()), &folder("follower"), &follow).await;
    until("the replica follows", true, async || {
        replica.tell(&["INFO", "replication"]).await.contains("master_link_status:up")
    })
    .await;
    let mut ingress = fleet.launch_with("ingress", &[("REDIS_URL", master.url.clone())]);
    ingress.ready().await;
    let sender = fleet.sender(&ingress, "in");
    let events = fleet.store.keys().events();
    let answer = send(&sender, 0).await;
    assert_eq!((answer.status, answer.code()), (503, "queue_unavailable"), "{answer:?}");
    until("the replica has it in its memory", "1".to_owned(), async || {
        replica.tell(&["XLEN", &events]).await
    })
    .await;
    assert_eq!(send(&sender, 0).await.status, 503);
    replica.tell(&["CONFIG", "SET", "appendonly", "yes"]).await;
    until("it has it on its disk", 200, async || send(&sender, 0).await.status).await;
    let stats = master.tell(&["INFO", "commandstats"]).await;
    assert!(stats.contains("cmdstat_waitaof:") && !stats.contains("cmdstat_wait:"), "{stats}");
}
