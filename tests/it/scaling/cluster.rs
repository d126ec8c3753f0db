//! A real Redis Cluster.

use tests::{Cluster, Fleet, Receiver, eventually, idle, until};

use super::{config, four, missing, send_all, send_during, times};

fn redis(cluster: &Cluster) -> String {
    format!("partitions = 6\ncluster = {:?}", cluster.addresses())
}

/// Which node has the events of each partition.
async fn owners(cluster: &Cluster) -> Vec<usize> {
    let mut owners = Vec::new();
    for partition in 0..6 {
        owners.push(cluster.owner(&format!("hs:{{{partition}}}:events")).await);
    }
    owners
}

#[tokio::test]
async fn the_whole_walk_runs_on_three_masters_while_one_dies_and_a_slot_moves() {
    const EVENTS: usize = 300;
    let receiver = Receiver::start().await;
    let cluster = Cluster::start().await;
    let (file, store) = (config(&receiver, &redis(&cluster)), cluster.store(6));
    let mut fleet = Fleet::on(cluster, store, &file);
    let (ingress, mut rest) = four(&mut fleet).await;
    let sender = fleet.sender(&ingress, "in");
    let (first, waited) = send_all(&sender, 0..EVENTS).await;
    assert!(waited.is_empty(), "a whole cluster takes everything");
    until("the first ones are delivered", 0, async || missing(&receiver, &first)).await;
    let before = owners(&fleet.redis).await;
    assert!((0..3).all(|node| before.contains(&node)), "each master has a partition: {before:?}");
    assert!(times(&receiver).into_values().all(|times| times == 1));

    // A master is killed and comes back. Its partitions wait; a slot moves to another meanwhile.
    let dying = before[1];
    let killing = async {
        until("some more are delivered", true, async || receiver.count() >= EVENTS + 75).await;
        fleet.redis.nodes[dying].kill();
        eventually("the others see it", async || {
            let other = &fleet.redis.nodes[(dying + 1) % 3];
            other.ask(&["CLUSTER", "INFO"]).await.contains("cluster_state:fail").then_some(())
        })
        .await;
        fleet.redis.nodes[dying].revive().await;
        fleet.redis.whole().await;
    };
    let (second, waited) = send_during(&sender, killing).await;
    assert!(!waited.is_empty(), "while a master is away, senders are told to wait");
    until("the next ones are delivered", 0, async || missing(&receiver, &second)).await;

    let (from, to) = (before[0], (before[0] + 1) % 3);
    let moving = fleet.redis.move_slot("hs:{0}:events", to);
    let (third, _) = send_during(&sender, moving).await;
    until("the last ones are delivered", 0, async || missing(&receiver, &third)).await;
    assert_eq!(fleet.redis.owner("hs:{0}:events").await, to, "it was moved from {from}");
    idle(&fleet.store).await;
    for member in rest.iter_mut().map(|member| &mut member.program) {
        assert!(member.stop().success(), "{}", member.said());
    }
}
