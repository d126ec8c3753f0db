//! One stream for one consumer: new entries, and those of one that died.

use std::time::Duration;

use event::RawEvent;
use stream::{Group, Intake};

use crate::samples::an_event;
use crate::yard::Yard;

#[tokio::test]
async fn what_a_dead_consumer_left_comes_before_what_is_new() {
    let yard = Yard::new().await;
    let events = yard.keys().events();
    yard.publish(&an_event("left behind")).await;
    yard.router().read::<RawEvent>(std::slice::from_ref(&events), 1).await.unwrap();
    yard.age(&events, Group::Route).await;
    yard.publish(&an_event("new")).await;
    let mut intake = Intake::new(yard.router(), events, Duration::from_secs(600));
    let mut taken = Vec::new();
    for _ in 0..2 {
        taken.extend(intake.take::<RawEvent>(10).await.unwrap());
    }
    let order: Vec<_> = taken.iter().map(|delivery| delivery.carried.as_ref().unwrap().id.clone()).collect();
    assert_eq!(order, [an_event("left behind").id, an_event("new").id]);
    assert_eq!((taken[0].times, taken[1].times), (2, 1));
}

#[tokio::test]
async fn it_heals_after_redis_has_forgotten_everything() {
    let yard = Yard::alone().await;
    let mut intake = Intake::new(yard.router(), yard.keys().events(), Duration::from_secs(600));
    assert!(intake.take::<RawEvent>(10).await.unwrap().is_empty());
    let _: () = yard.ask(&["FLUSHALL"]).await;
    yard.publish(&an_event("after")).await;
    assert!(intake.take::<RawEvent>(10).await.is_err());
    assert_eq!(intake.take::<RawEvent>(10).await.unwrap().len(), 1);
}
