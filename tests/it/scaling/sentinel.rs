//! A master, its replica and three sentinels.

use std::time::Duration;

use tests::{Fleet, Receiver, RedisNode, Sentinels, eventually, idle, until};

use super::{config, four, missing, send_all, send_during};

/// What the old master had acknowledged and not yet sent to its replica is gone with it: 16 senders have no more than that
/// on its way.
#[tokio::test]
async fn the_whole_walk_goes_on_by_itself_after_a_failover() {
    let lost = fail_over("").await;
    assert!(lost <= 16, "{lost} are lost, more than can have been on their way");
}

#[tokio::test]
async fn a_failover_loses_nothing_that_a_replica_was_waited_for() {
    assert_eq!(fail_over("min_replicas = 1").await, 0);
}

/// Nobody can say whether the master is still the one: each time somebody asks, it is for all who wait.
#[tokio::test]
async fn with_every_sentinel_away_the_master_that_was_known_serves_all_who_wait_at_once() {
    let mut sentinels = Sentinels::start().await;
    let store = sentinels.store();
    store.ping().await.expect("the sentinels name it");
    sentinels.sentinels.iter_mut().for_each(RedisNode::kill);
    sentinels.master.ask(&["CLIENT", "KILL", "TYPE", "normal"]).await;
    // The first command finds the connection broken, and with it the master in doubt.
    let _ = store.ping().await;
    let pings = futures_util::future::join_all((0..64).map(|_| store.ping()));
    // One after the other would take a tenth of a second each, at the least.
    let answers = tokio::time::timeout(Duration::from_secs(5), pings).await.expect("not one after the other");
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

/// Kills the master under load; when another is the master, it comes back. How many acknowledged events were lost.
#[expect(clippy::print_stdout, reason = "the test's own output")]
async fn fail_over(more: &str) -> usize {
    let receiver = Receiver::start().await;
    let sentinels = Sentinels::start().await;
    let redis = format!("master = \"hooks\"\nsentinel = {:?}\n{more}", sentinels.addresses());
    let (file, store) = (config(&receiver, &redis), sentinels.store());
    let mut fleet = Fleet::on(sentinels, store, &file);
    let (ingress, mut rest) = four(&mut fleet).await;
    let sender = fleet.sender(&ingress, "in");
    let failing = async {
        until("a good part is delivered", true, async || receiver.count() > 150).await;
        fleet.redis.master.kill();
        is_a(&fleet.redis.replica, "master").await;
        for sentinel in &fleet.redis.sentinels {
            let port = fleet.redis.replica.port.to_string();
            let named = async || sentinel.ask(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "hooks"]).await;
            until("each sentinel names it", true, async || named().await.ends_with(&port)).await;
        }
        // The old master comes back as a replica, and nobody mistakes it for what it was. Only then is there one to wait for.
        fleet.redis.master.revive().await;
        is_a(&fleet.redis.master, "slave").await;
    };
    let (accepted, waited) = send_during(&sender, failing).await;
    assert!(!waited.is_empty(), "while there is no master, senders are told to wait");
    idle(&fleet.store).await;
    let lost = missing(&receiver, &accepted);
    println!(
        "{lost} of {} acknowledged events went with the old master; {} had to wait for the new one",
        accepted.len(),
        waited.len()
    );
    assert_eq!(
        missing(&receiver, &waited),
        0,
        "what came after its death went to the old master, which came back"
    );
    let (later, waited) = send_all(&sender, 0..100).await;
    assert!(waited.is_empty());
    until("the rest is delivered", 0, async || missing(&receiver, &later)).await;
    for member in rest.iter_mut().map(|member| &mut member.program) {
        assert!(member.stop().success(), "{}", member.said());
    }
    lost
}

async fn is_a(node: &RedisNode, role: &str) {
    let look = async || node.try_ask(&["ROLE"]).await?.starts_with(role).then_some(());
    eventually(&format!("the server on port {} is a {role}", node.port), look).await;
}
