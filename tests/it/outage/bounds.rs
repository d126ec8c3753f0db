//! More than Redis can take in: refused while what is there drains.

use tests::{Answer, Fleet, Receiver, idle, redis_cli, until};

use super::{ENDPOINT, retry_after, route, send, times};

/// Sends new events until one is refused. That one, and how many were accepted.
async fn until_refused(fleet: &Fleet, ingress: &tests::Member) -> (Answer, usize) {
    let sender = fleet.sender(ingress, "in");
    for n in 0..5000 {
        let answer = send(&sender, n).await;
        if answer.status != 200 {
            return (answer, n);
        }
    }
    panic!("nothing is ever refused");
}

#[tokio::test]
async fn a_queue_that_is_too_deep_takes_no_more_until_it_is_drained() {
    let receiver = Receiver::start().await;
    let config = format!("[overload]\nmax_queue_depth = 20\n{ENDPOINT}{}", route(&receiver));
    let mut fleet = Fleet::prepare(&config, &[]).await;
    let ingress = fleet.start("ingress").await;
    let (refused, accepted) = until_refused(&fleet, &ingress).await;
    assert_eq!((refused.status, refused.code()), (503, "overloaded"), "{refused:?}");
    assert!((5..=15).contains(&retry_after(&refused)));
    assert!(accepted >= 20, "{accepted}");
    let (_router, _worker) = (fleet.start("router").await, fleet.start("worker").await);
    until("each is delivered", accepted, async || times(&receiver).len()).await;
    let sender = fleet.sender(&ingress, "in");
    until("events are taken again", 200, async || send(&sender, accepted).await.status).await;
}

#[tokio::test]
async fn a_full_redis_takes_no_more_and_drains() {
    let receiver = Receiver::start().await;
    let mut fleet = Fleet::prepare(&format!("{ENDPOINT}{}", route(&receiver)), &[]).await;
    let ingress = fleet.start("ingress").await;
    let sender = fleet.sender(&ingress, "in");
    for n in 0..30 {
        assert_eq!(send(&sender, n).await.status, 200);
    }
    redis_cli(&fleet.redis.url(), &["CONFIG", "SET", "maxmemory", "1"]).await;
    let refused = send(&sender, 30).await;
    assert_eq!((refused.status, refused.code()), (503, "overloaded"), "{refused:?}");
    let (_router, _worker) = (fleet.start("router").await, fleet.start("worker").await);
    until("each is delivered", 30, async || times(&receiver).len()).await;
    idle(&fleet.store).await;
    assert!(times(&receiver).values().all(|count| *count == 1));
    assert_eq!(send(&sender, 30).await.code(), "overloaded", "still full");
    redis_cli(&fleet.redis.url(), &["CONFIG", "SET", "maxmemory", "0"]).await;
    until("events are taken again", 200, async || send(&sender, 30).await.status).await;
}
