//! `jobs:*` → done.

use event::{Job, Millis, Priority};
use stream::{JobResult, Settled, StoreError};

use crate::census::Census;
use crate::samples::{a_plan, an_event};
use crate::yard::{Yard, failed, take_over};

#[tokio::test]
async fn a_completed_job_is_gone() {
    let yard = Yard::new().await;
    let (delivery, job) =
        yard.claimed(&yard.worker(), &an_event("a"), &a_plan("r", Priority::Critical)).await;
    assert_eq!(
        delivery.complete(&job, Millis(1), &JobResult::delivered(Some(200))).await.unwrap(),
        Settled::Done
    );
    assert_eq!(Census::take(&yard).await, Census::default());
    assert!(yard.store.results(&job.event.id).await.unwrap().is_empty(), "nobody waits for it");
}

#[tokio::test]
async fn a_job_is_completed_once() {
    let yard = Yard::new().await;
    let worker = yard.worker();
    let (first, job) = yard.claimed(&worker, &an_event("a"), &a_plan("r", Priority::Critical)).await;
    let same = take_over::<Job>(&worker, first.stream()).await.remove(0);
    let result = JobResult::delivered(Some(200));
    assert_eq!(first.complete(&job, Millis(1), &result).await.unwrap(), Settled::Done);
    assert_eq!(same.complete(&job, Millis(1), &result).await.unwrap(), Settled::Lost);
}

#[tokio::test]
async fn the_work_of_a_worker_that_lost_its_lease_counts_all_the_same() {
    let yard = Yard::new().await;
    let (slow, other) = (yard.worker(), yard.worker());
    let (late, job) = yard.claimed(&slow, &an_event("a"), &a_plan("r", Priority::Critical)).await;
    let taken = take_over::<Job>(&other, late.stream()).await.remove(0);
    assert_eq!(late.complete(&job, Millis(1), &JobResult::delivered(None)).await.unwrap(), Settled::Done);
    // What the other one makes of it finds nothing left to move.
    assert_eq!(
        taken.retry(&job, &failed(Millis(1), ""), std::time::Duration::ZERO).await.unwrap(),
        Settled::Lost
    );
    assert_eq!(Census::take(&yard).await, Census::default());
}

#[tokio::test]
async fn a_settlement_after_redis_forgot_everything_says_so_at_once() {
    let yard = Yard::alone().await;
    let (delivery, job) = yard.claimed(&yard.worker(), &an_event("a"), &a_plan("r", Priority::Low)).await;
    let _: () = yard.ask(&["FLUSHALL"]).await;
    let begun = std::time::Instant::now();
    let settled = delivery.retry(&job, &failed(Millis(1), ""), std::time::Duration::ZERO).await;
    assert!(matches!(settled, Err(StoreError::NoGroup(_))), "{settled:?}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(5));
}
