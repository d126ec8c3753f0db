//! A master, its replica and three sentinels.

use tests::{Fleet, Receiver, Sentinels, eventually, idle, until};

use super::{config, four, missing, send_all};

#[tokio::test]
async fn the_whole_walk_goes_on_by_itself_after_a_failover() {
    const EVENTS: usize = 600;
    let receiver = Receiver::start().await;
    let sentinels = Sentinels::start().await;
    let redis = format!("master = \"hooks\"\nsentinel = {:?}", sentinels.addresses());
    let (file, store) = (config(&receiver, &redis), sentinels.store());
    let mut fleet = Fleet::on(sentinels, store, &file);
    let (ingress, mut rest) = four(&mut fleet).await;
    let sender = fleet.sender(&ingress, "in");
    let sending = send_all(&sender, 0..EVENTS);
    let killing = async {
        until("a good part is delivered", true, async || receiver.count() > EVENTS / 4).await;
        fleet.redis.master.kill();
        eventually("the replica was promoted", async || {
            fleet.redis.replica.ask(&["ROLE"]).await.starts_with("master").then_some(())
        })
        .await;
    };
    let ((accepted, refused), ()) = tokio::join!(sending, killing);
    assert!(refused > 0, "while there is no master, senders are told to wait");
    idle(&fleet.store).await;
    // What the old master had acknowledged and not yet sent to its replica is gone with it; WAIT is what prevents that.
    let lost = missing(&receiver, &accepted);
    println!(
        "{lost} of {EVENTS} acknowledged events went with the old master; {refused} times a sender had to wait"
    );
    assert!(lost <= 16, "{lost} of {EVENTS} are lost, more than can have been on their way");
    // The old master comes back as a replica, and nobody mistakes it for what it was.
    fleet.redis.master.revive().await;
    eventually("it follows", async || {
        fleet.redis.master.ask(&["ROLE"]).await.starts_with("slave").then_some(())
    })
    .await;
    let (later, refused) = send_all(&sender, EVENTS..EVENTS + 100).await;
    assert_eq!(refused, 0);
    until("the rest is delivered", 0, async || missing(&receiver, &later)).await;
    for member in rest.iter_mut().map(|member| &mut member.program) {
        assert!(member.stop().success(), "{}", member.said());
    }
}
