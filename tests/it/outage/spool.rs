//! Events taken while Redis is away, on our disk, and what becomes of them.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use stream::Fsync;
use tests::{Fleet, Member, Receiver, eventually, idle, load_during, redis_cli, until};

use super::{ENDPOINT, ROOM, route, send, spool, times};

#[tokio::test]
async fn what_was_accepted_while_redis_was_away_comes_in_order_and_once_though_the_ingress_was_killed() {
    let receiver = Receiver::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("spool");
    let config = format!("{ENDPOINT}{}{}", spool(&place, ROOM), route(&receiver));
    let mut fleet = Fleet::prepare(&config, &[]).await;
    let mut ingress = fleet.start("ingress").await;
    let sender = fleet.sender(&ingress, "in");
    let before = send(&sender, 0).await.event_id();
    fleet.redis.kill().await.expect("Redis is killed");
    let mut expected = vec![before.clone()];
    for n in 1..20 {
        expected.push(send(&sender, n).await.event_id());
    }
    // Sent again, whether it is in Redis or in the spool: the same event.
    assert_eq!(send(&sender, 0).await.event_id(), before);
    assert_eq!(send(&sender, 7).await.event_id(), expected[7]);
    let (status, ready) = ingress.readiness().await;
    assert_eq!((status, ready["spool"]["waiting"].as_u64()), (200, Some(21)), "{ready}");
    assert!(ready["redis"].is_string(), "{ready}");
    for entry in std::fs::read_dir(&place).expect("the spool's folder") {
        let entry = entry.expect("an entry");
        assert_eq!(entry.metadata().expect("there").permissions().mode() & 0o777, 0o600, "{entry:?}");
    }
    ingress.program.kill();
    let mut ingress = fleet.launch("ingress");
    ingress.ready().await;
    assert_eq!(ingress.readiness().await.1["spool"]["waiting"], 21);
    let sender = fleet.sender(&ingress, "in");
    for n in 20..25 {
        expected.push(send(&sender, n).await.event_id());
    }
    fleet.redis.revive(Fsync::EverySecond).await.expect("Redis is back");
    until("the spool is empty", Some(0), async || ingress.readiness().await.1["spool"]["waiting"].as_u64())
        .await;
    let listed = redis_cli(&fleet.redis.url(), &["XRANGE", &fleet.store.keys().events(), "-", "+"]).await;
    let fields: Vec<&str> = listed.lines().collect();
    let ids = fields.windows(2).filter(|pair| pair[0] == "event_id").map(|pair| pair[1]);
    assert_eq!(ids.collect::<Vec<_>>(), expected);
    let (_router, _worker) = (fleet.start("router").await, fleet.start("worker").await);
    until("each is delivered", 25, async || times(&receiver).len()).await;
    idle(&fleet.store).await;
    assert!(times(&receiver).values().all(|count| *count == 1), "{:?}", times(&receiver));
    // And what is sent again now is known, wherever it went.
    assert_eq!(send(&sender, 7).await.headers["idempotent-replayed"], "true");
    let metrics = fleet.start("metrics").await;
    for line in
        ["webhook_spooled_total{endpoint=\"in\"} 5", "webhook_spool_drained_total{endpoint=\"in\"} 26"]
    {
        // Those of the killed ingress died uncounted: it had nowhere to tell.
        eventually(line, async || {
            let page = reqwest::get(format!("{}/metrics", metrics.url())).await.ok()?.text().await.ok()?;
            page.contains(line).then_some(())
        })
        .await;
    }
}

/// How many are in its spool.
async fn waiting(ingress: &Member) -> u64 {
    ingress.readiness().await.1["spool"]["waiting"].as_u64().unwrap_or_default()
}

#[tokio::test]
async fn an_ingress_killed_while_it_writes_loses_nothing_that_it_acknowledged() {
    let receiver = Receiver::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let config = format!("{ENDPOINT}{}{}", spool(&folder.path().join("spool"), ROOM), route(&receiver));
    let mut fleet = Fleet::prepare(&config, &[]).await;
    let mut ingress = fleet.start("ingress").await;
    let (_router, _worker) = (fleet.start("router").await, fleet.start("worker").await);
    fleet.redis.kill().await.expect("Redis is killed");
    let mut acknowledged = BTreeSet::new();
    for _ in 0..4 {
        let sender = fleet.sender(&ingress, "in");
        let before = waiting(&ingress).await;
        let killing = async {
            until("more are on disk", true, async || waiting(&ingress).await > before + 20).await;
            ingress.program.kill();
        };
        let send = async |n| {
            let body = super::body(n);
            sender.try_post(&body, sender.signed(body.as_bytes())).await.ok()
        };
        let (answers, ()) = load_during(send, killing).await;
        let accepted = answers.into_iter().flatten().filter(|answer| answer.status == 200);
        acknowledged.extend(accepted.map(|answer| answer.event_id()));
        ingress = fleet.launch("ingress");
        ingress.ready().await;
    }
    fleet.redis.revive(Fsync::EverySecond).await.expect("Redis is back");
    until("all that was acknowledged is delivered", true, async || {
        let times = times(&receiver);
        acknowledged.iter().all(|id| times.contains_key(id))
    })
    .await;
    idle(&fleet.store).await;
    assert!(times(&receiver).values().all(|count| *count == 1), "{:?}", times(&receiver));
}

#[tokio::test]
async fn two_ingresses_have_a_folder_each_and_a_third_does_not_start_in_anothers() {
    let receiver = Receiver::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let config = format!("{ENDPOINT}{}{}", spool(&folder.path().join("one"), ROOM), route(&receiver));
    let mut fleet = Fleet::prepare(&config, &[]).await;
    let mut one = fleet.launch("ingress");
    let other_folder = folder.path().join("two").display().to_string();
    let mut two = fleet.launch_with("ingress", &[("SPOOL_FOLDER", other_folder)]);
    one.ready().await;
    two.ready().await;
    let mut third = fleet.launch("ingress");
    let ended = third.program.wait(std::time::Duration::from_secs(30)).expect("it does not start");
    assert_eq!(ended.code(), Some(2));
    assert!(third.program.said().contains("another process's"), "{}", third.program.said());
    fleet.redis.kill().await.expect("Redis is killed");
    let (first, second) = (fleet.sender(&one, "in"), fleet.sender(&two, "in"));
    let mut ids = BTreeSet::new();
    for n in 0..5 {
        ids.insert(send(&first, n).await.event_id());
        ids.insert(send(&second, n).await.event_id());
        ids.insert(send(&second, 10 + n).await.event_id());
    }
    assert_eq!(ids.len(), 10);
    for (ingress, waiting) in [(&one, 5), (&two, 10)] {
        assert_eq!(ingress.readiness().await.1["spool"]["waiting"], waiting);
    }
    fleet.redis.revive(Fsync::EverySecond).await.expect("Redis is back");
    let (_router, _worker) = (fleet.start("router").await, fleet.start("worker").await);
    until("each is delivered", 10, async || times(&receiver).len()).await;
    idle(&fleet.store).await;
    assert!(times(&receiver).values().all(|count| *count == 1), "{:?}", times(&receiver));
}

#[tokio::test]
async fn limits_hold_while_redis_that_counts_is_away() {
    let receiver = Receiver::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let limited = ENDPOINT.replace("requests_per_minute = 0", "requests_per_minute = 3");
    let config = format!("{limited}{}{}", spool(&folder.path().join("spool"), ROOM), route(&receiver));
    let mut fleet = Fleet::prepare(&config, &[]).await;
    let ingress = fleet.start("ingress").await;
    let sender = fleet.sender(&ingress, "in");
    fleet.redis.kill().await.expect("Redis is killed");
    let mut statuses = Vec::new();
    for n in 0..6 {
        statuses.push(send(&sender, n).await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429, 429]);
    let refused = send(&sender, 9).await;
    let wait = super::retry_after(&refused);
    assert!((1..=60).contains(&wait), "{refused:?}");
}
