//! How much stands in each stream, and who reads them.

use std::time::Duration;

use event::{Millis, Priority};

use crate::samples::{a_plan, an_event};
use crate::yard::Yard;

#[tokio::test]
async fn depths_tell_what_waits_what_is_in_hand_and_how_old_the_oldest_is() {
    let yard = Yard::new().await;
    for n in 0..3 {
        yard.routed(&an_event(&n.to_string()), &[&a_plan("r", Priority::High)]).await;
    }
    yard.publish(&an_event("new")).await;
    yard.worker().claim(Priority::ALL, 2).await.unwrap();
    let now = Millis(Millis::now().0 + 60_000);
    let depths = yard.store.depths(now).await.unwrap();
    let of = |name: &str| depths.iter().find(|depth| depth.stream == name).unwrap();
    assert_eq!((of("jobs:high").depth, of("jobs:high").pending), (3, 2));
    assert_eq!((of("events").depth, of("events").pending), (1, 0));
    assert_eq!((of("dead").depth, of("dead").oldest), (0, Duration::ZERO));
    assert!(of("jobs:high").oldest >= of("events").oldest);
    assert!(of("events").oldest >= Duration::from_secs(59));
    assert_eq!(depths.len(), 8);
}

#[tokio::test]
async fn depths_can_be_told_before_any_group_exists() {
    let yard = Yard::alone().await;
    let _: () = yard.ask(&["FLUSHALL"]).await;
    yard.publish(&an_event("a")).await;
    let depths = yard.store.depths(Millis::now()).await.unwrap();
    assert_eq!((depths[0].depth, depths[0].pending), (1, 0));
}

#[tokio::test]
async fn consumers_are_told_with_what_they_have_in_hand() {
    let yard = Yard::alone().await;
    let _: () = yard.ask(&["FLUSHALL"]).await;
    assert!(yard.store.consumers().await.unwrap().is_empty(), "before any stream exists");
    yard.store.ensure_groups().await.unwrap();
    for n in 0..3 {
        yard.routed(&an_event(&n.to_string()), &[&a_plan("r", Priority::High)]).await;
    }
    let (worker, idle) = (yard.worker(), yard.worker());
    worker.claim(Priority::ALL, 2).await.unwrap();
    idle.claim(Priority::ALL, 1).await.unwrap();
    let consumers = yard.store.consumers().await.unwrap();
    let pending = |name: &str| consumers.iter().find(|one| one.name == name).map(|one| one.pending);
    assert_eq!((pending(worker.consumer()), pending(idle.consumer())), (Some(2), Some(1)), "{consumers:?}");
    assert!(consumers.iter().all(|one| one.idle < Duration::from_secs(20)), "{consumers:?}");
}
