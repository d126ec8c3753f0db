//! Consumers that are long gone are forgotten, and never anything with them.

use std::time::Duration;

use event::{Job, Millis, Priority};
use stream::{Function, Group, JobResult, Library, PRELUDE, Reader, Reclaim, Settled};

use crate::samples::{a_plan, an_event};
use crate::yard::{PATIENCE, Yard, eventually, take_over};

/// The step itself: nobody waits ten minutes for a consumer to be long gone.
static REAP: Function = Function::draining("reap", include_str!("../../src/lua/reap.lua"));
static AT_ONCE: Library = Library::new("test", &[PRELUDE], &[&REAP]);

async fn reap_at_once(yard: &Yard, stream: &str) -> usize {
    let mut call = AT_ONCE.call(&REAP);
    call.key(stream).arg("work").arg(0);
    yard.store.run(&call).await.unwrap()
}

#[tokio::test]
async fn a_consumer_with_something_pending_is_never_forgotten() {
    let yard = Yard::new().await;
    let (worker, stream) = (yard.worker(), yard.keys().jobs(Priority::Normal));
    let (delivery, job) = yard.claimed(&worker, &an_event("a"), &a_plan("r", Priority::Normal)).await;
    // One that owns nothing shows when the first has been silent long enough to go, too.
    a_consumer(&yard, &stream).await;
    eventually("the idle one is forgotten", async || (reap_at_once(&yard, &stream).await == 1).then_some(()))
        .await;
    assert_eq!(take_over::<Job>(&worker, &stream).await.len(), 1, "its entry is still pending");
    delivery.complete(&job, Millis(1), &JobResult::delivered(None)).await.unwrap();
    eventually("it is forgotten, too", async || (reap_at_once(&yard, &stream).await == 1).then_some(()))
        .await;
    let left: Vec<redis::Value> = yard.ask(&["XINFO", "CONSUMERS", &stream, "work"]).await;
    assert!(left.is_empty());
}

#[tokio::test]
async fn a_consumer_that_was_just_here_is_not_forgotten() {
    let yard = Yard::new().await;
    let stream = yard.keys().jobs(Priority::Normal);
    a_consumer(&yard, &stream).await;
    assert_eq!(Reclaim::after(Duration::ZERO).reap(&yard.worker(), &stream).await.unwrap(), 0);
}

#[tokio::test]
async fn a_consumer_that_was_forgotten_while_it_waits_gets_the_next_entry() {
    let yard = Yard::alone().await;
    let stream = yard.keys().jobs(Priority::Normal);
    let worker = Reader::new(yard.store.clone(), Group::Work, "test", PATIENCE);
    let create = ["XGROUP", "CREATECONSUMER", &stream, "work", worker.consumer()];
    let _: u64 = yard.ask(&create).await;
    let streams = [stream.clone()];
    let forget = async {
        eventually("it waits", async || {
            yard.ask::<String>(&["INFO", "clients"]).await.contains("blocked_clients:1").then_some(())
        })
        .await;
        eventually("it is forgotten", async || (reap_at_once(&yard, &stream).await == 1).then_some(())).await;
        yard.routed(&an_event("a"), &[&a_plan("r", Priority::Normal)]).await;
    };
    let (taken, ()) = tokio::join!(worker.read::<Job>(&streams, 1), forget);
    let delivery = taken.unwrap().remove(0);
    let job = delivery.carried.as_deref().cloned().unwrap();
    assert_eq!(delivery.complete(&job, Millis(1), &JobResult::delivered(None)).await.unwrap(), Settled::Done);
}

/// One that Redis knows of and that owns nothing.
async fn a_consumer(yard: &Yard, stream: &str) {
    let _: u64 = yard.ask(&["XGROUP", "CREATECONSUMER", stream, "work", "somebody"]).await;
}
