//! `jobs:*` → `retry`.

use std::time::Duration;

use event::{Job, Millis, Priority};
use stream::{Carried, Settled};

use crate::samples::{ERROR, a_plan, an_event};
use crate::yard::{Yard, failed, take_over};

const MINUTE: Duration = Duration::from_secs(60);

async fn redis_time(yard: &Yard) -> u64 {
    let (seconds, micros): (u64, u64) = yard.ask(&["TIME"]).await;
    seconds * 1000 + micros / 1000
}

#[tokio::test]
async fn a_failed_job_waits_with_what_it_was_and_one_attempt_more() {
    let yard = Yard::new().await;
    let (delivery, job) = yard.claimed(&yard.worker(), &an_event("a"), &a_plan("r", Priority::Low)).await;
    assert_eq!(delivery.retry(&job, &failed(Millis(77), ERROR), MINUTE).await.unwrap(), Settled::Done);
    let waiting = yard.entries(&yard.keys().retry()).await;
    assert_eq!(waiting.len(), 1);
    let expected = Job { attempts: 1, first_at: Some(Millis(77)), last_error: ERROR.to_owned(), ..job };
    assert_eq!(Job::from_fields(waiting[0].1.clone()).unwrap(), expected);
    assert_eq!(yard.length(&yard.keys().jobs(Priority::Low)).await, 0);
}

#[tokio::test]
async fn when_it_is_due_is_told_by_the_clock_of_redis() {
    let yard = Yard::new().await;
    let (delivery, job) = yard.claimed(&yard.worker(), &an_event("a"), &a_plan("r", Priority::Low)).await;
    let before = redis_time(&yard).await;
    delivery.retry(&job, &failed(Millis(0), ERROR), MINUTE).await.unwrap();
    let after = redis_time(&yard).await;
    let due: Vec<(String, f64)> =
        yard.ask(&["ZRANGE", &yard.keys().retry_due(), "0", "-1", "WITHSCORES"]).await;
    assert_eq!(due[0].0, yard.entries(&yard.keys().retry()).await[0].0);
    let at = due[0].1 - 60_000.0;
    assert!(before as f64 <= at && at <= after as f64, "{before} {at} {after}");
}

#[tokio::test]
async fn attempts_add_up_and_the_first_is_remembered() {
    let yard = Yard::new().await;
    let worker = yard.worker();
    yard.routed(&an_event("a"), &[&a_plan("r", Priority::Normal)]).await;
    for attempt in 1..=3 {
        let delivery = worker.claim(Priority::ALL, 1).await.unwrap().remove(0);
        let job = delivery.carried.as_deref().cloned().unwrap();
        assert_eq!(job.attempt(), attempt);
        let error = format!("attempt {attempt}");
        delivery.retry(&job, &failed(Millis(u64::from(attempt)), &error), Duration::ZERO).await.unwrap();
        assert_eq!(yard.store.promote().await.unwrap(), (1, None));
    }
    let job = worker.claim(Priority::ALL, 1).await.unwrap().remove(0).carried.unwrap();
    assert_eq!((job.attempts, job.first_at, &*job.last_error), (3, Some(Millis(1)), "attempt 3"));
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_moves_nothing() {
    let yard = Yard::new().await;
    let (slow, other) = (yard.worker(), yard.worker());
    let (late, job) = yard.claimed(&slow, &an_event("a"), &a_plan("r", Priority::Low)).await;
    let stream = late.stream().to_owned();
    let taken = take_over::<Job>(&other, &stream).await.remove(0);
    assert_eq!(late.retry(&job, &failed(Millis(1), ERROR), MINUTE).await.unwrap(), Settled::Lost);
    assert_eq!(yard.length(&yard.keys().retry()).await, 0);
    assert_eq!(other.renew(&stream, &[taken.entry().to_owned()]).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_job_deleted_by_hand_is_reported_missing() {
    let yard = Yard::new().await;
    let (delivery, job) = yard.claimed(&yard.worker(), &an_event("a"), &a_plan("r", Priority::Low)).await;
    let _: u64 = yard.ask(&["XDEL", delivery.stream(), delivery.entry()]).await;
    assert_eq!(delivery.retry(&job, &failed(Millis(1), ERROR), MINUTE).await.unwrap(), Settled::Missing);
    assert_eq!(crate::census::Census::take(&yard).await, crate::census::Census::default());
}
