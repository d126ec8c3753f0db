//! Redis at the end of its memory: nothing new comes in, what is there goes on.

use std::time::Duration;

use event::{Millis, Priority, Reason};
use stream::{
    Counters, Group, JobResult, LastWords, Mark, Outbox, Place, Published, Reclaim, Replayed, Settled,
    StoreError,
};

use crate::census::Census;
use crate::samples::{ERROR, a_plan, an_event};
use crate::yard::{Yard, dispatch, failed, take_over};

const MARK: Option<Mark> = Some(Mark { window: Duration::from_secs(60) });

#[tokio::test]
async fn a_full_redis_refuses_an_event_whole_and_takes_it_later() {
    let yard = Yard::alone().await;
    set_memory(&yard, "1").await;
    let refused = yard.store.publish(&an_event("a"), MARK, true).await;
    assert!(matches!(refused, Err(StoreError::Full(_))), "{refused:?}");
    assert_eq!(yard.length(&yard.keys().events()).await, 0);
    assert_eq!(yard.length(&yard.keys().archive()).await, 0);
    // Had the mark stayed, the sender's next try would be thrown away as a duplicate.
    set_memory(&yard, "0").await;
    assert_eq!(yard.store.publish(&an_event("a"), MARK, true).await.unwrap(), Published::Accepted);
}

#[tokio::test]
async fn a_full_redis_drains() {
    let yard = Yard::alone().await;
    let (router, worker) = (yard.router(), yard.worker());
    for name in ["done", "later", "dead", "taken over"] {
        yard.publish(&an_event(name)).await;
    }
    set_memory(&yard, "1").await;
    for delivery in router.read(&[yard.keys().events()], 4).await.unwrap() {
        let settled = dispatch(delivery, &[&a_plan("r", Priority::High)], "").await.unwrap();
        assert_eq!(settled, Settled::Done);
    }
    let mut claimed = worker.claim(Priority::ALL, 4).await.unwrap().into_iter();
    let mut next = || {
        let delivery = claimed.next().unwrap();
        let job = delivery.carried.as_deref().cloned().unwrap();
        (delivery, job)
    };
    let (delivery, job) = next();
    assert_eq!(
        delivery.complete(&job, Millis(1), &JobResult::delivered(Some(200))).await.unwrap(),
        Settled::Done
    );
    let (delivery, job) = next();
    assert_eq!(delivery.retry(&job, &failed(Millis(1), ERROR), Duration::ZERO).await.unwrap(), Settled::Done);
    let (delivery, job) = next();
    let last = LastWords { reason: Reason::Gone, error: ERROR, status: Some(410), at: Millis(2) };
    assert_eq!(delivery.bury(&job, Millis(1), &last).await.unwrap(), Settled::Done);
    assert_eq!(yard.store.promote().await.unwrap().0, 1);
    let stream = yard.keys().jobs(Priority::High);
    assert_eq!(take_over::<event::Job>(&yard.worker(), &stream).await.len(), 1);
    Reclaim::after(Duration::ZERO).reap(&worker, &stream).await.unwrap();
    set_memory(&yard, "0").await;
    assert_eq!(Census::take(&yard).await.faults, Vec::<String>::new());
}

#[tokio::test]
async fn a_full_redis_still_tells_how_it_is() {
    let yard = Yard::alone().await;
    let mut outbox = Outbox::default();
    let one = || Counters([("a".to_owned(), 1.0)].into());
    yard.store.ship(&mut outbox, one).await.unwrap();
    yard.publish(&an_event("a")).await;
    set_memory(&yard, "1").await;
    assert!(matches!(yard.store.ship(&mut outbox, one).await, Err(StoreError::Full(_))));
    assert_eq!(yard.store.totals().await.unwrap().0["a"], 1.0);
    let folder = yard.reader(Group::Count);
    let shipments = folder.read(&[yard.keys().increments()], 10).await.unwrap();
    assert_eq!(folder.fold(shipments).await.unwrap(), 1);
    assert_eq!(yard.store.totals().await.unwrap().0["a"], 1.0);
    assert_eq!(yard.store.depths(Millis::now()).await.unwrap()[0].depth, 1);
    assert_eq!(yard.store.whereabouts(&an_event("a").id).await.unwrap(), [Place::Events]);
    assert!(yard.store.lead_alerts("me", Duration::from_secs(1)).await.unwrap());
}

#[tokio::test]
async fn a_full_redis_keeps_a_dead_letter_that_can_not_be_replayed() {
    let yard = Yard::alone().await;
    let worker = yard.worker();
    let (delivery, _) = yard.claimed(&worker, &an_event("a"), &a_plan("r", Priority::Low)).await;
    let last = LastWords { reason: Reason::Poison, error: ERROR, status: None, at: Millis(2) };
    delivery.set_aside(&last).await.unwrap();
    let letter = yard.store.newest_dead_letters(1).await.unwrap().remove(0);
    set_memory(&yard, "1").await;
    let refused = yard.store.replay(&letter.id).await;
    assert!(matches!(refused, Err(StoreError::Full(_))), "{refused:?}");
    assert!(yard.store.dead_letter(&letter.id).await.unwrap().is_some());
    set_memory(&yard, "0").await;
    assert_eq!(yard.store.replay(&letter.id).await.unwrap(), Replayed::Again);
}

async fn set_memory(yard: &Yard, bytes: &str) {
    let _: () = yard.ask(&["CONFIG", "SET", "maxmemory", bytes]).await;
}
