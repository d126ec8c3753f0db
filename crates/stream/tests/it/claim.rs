//! `jobs:*` → worker.

use event::Priority::{self, Critical, High, Low, Normal};
use stream::{Group, Reader, StoreError};

use crate::samples::{a_plan, an_event};
use crate::yard::Yard;

/// Two jobs of each priority.
async fn two_of_each(yard: &Yard) {
    for n in 0..2 {
        let plans = Priority::ALL.map(|priority| a_plan(priority.as_str(), priority));
        yard.routed(&an_event(&n.to_string()), &plans.each_ref()).await;
    }
}

async fn claimed(yard: &Yard, order: [Priority; 4], count: usize) -> Vec<Priority> {
    let jobs = yard.worker().claim(order, count).await.unwrap();
    for job in &jobs {
        assert_eq!(job.stream(), yard.keys().jobs(job.carried.as_ref().unwrap().plan.priority));
        assert_eq!(job.times, 1);
    }
    jobs.into_iter().map(|job| job.carried.unwrap().plan.priority).collect()
}

#[tokio::test]
async fn jobs_come_in_the_order_of_streams_asked_for_and_no_more_than_asked_for() {
    let yard = Yard::new().await;
    two_of_each(&yard).await;
    assert_eq!(claimed(&yard, Priority::ALL, 3).await, [Critical, Critical, High]);
    assert_eq!(claimed(&yard, [Low, Normal, High, Critical], 4).await, [Low, Low, Normal, Normal]);
    assert_eq!(claimed(&yard, Priority::ALL, 100).await, [High]);
    assert_eq!(claimed(&yard, Priority::ALL, 100).await, []);
}

#[tokio::test]
async fn no_slot_free_takes_no_job() {
    let yard = Yard::new().await;
    two_of_each(&yard).await;
    assert_eq!(claimed(&yard, Priority::ALL, 0).await, []);
    assert_eq!(yard.pending(&yard.keys().jobs(Critical), Group::Work).await, 0);
}

#[tokio::test]
async fn a_missing_group_is_made_again_and_no_job_is_lost_by_it() {
    let yard = Yard::new().await;
    two_of_each(&yard).await;
    let low = yard.keys().jobs(Low);
    let _: u64 = yard.ask(&["XGROUP", "DESTROY", &low, "work"]).await;
    let worker = yard.worker();
    // What was handed out before that stream was met is in hand.
    assert_eq!(worker.claim(Priority::ALL, 8).await.unwrap().len(), 6);
    let _: u64 = yard.ask(&["XGROUP", "DESTROY", &low, "work"]).await;
    let missing = worker.claim(Priority::ALL, 8).await;
    assert!(matches!(missing, Err(StoreError::NoGroup(_))), "{missing:?}");
    assert_eq!(worker.claim(Priority::ALL, 8).await.unwrap().len(), 2);
}

/// By a reader that has found every stream empty.
async fn by_one_who_knows(yard: &Yard) -> Reader {
    let worker = yard.worker();
    assert!(worker.claim(Priority::ALL, 8).await.unwrap().is_empty());
    worker
}

async fn priorities(worker: &Reader, order: [Priority; 4], count: usize) -> Vec<Priority> {
    let jobs = worker.claim(order, count).await.unwrap();
    jobs.into_iter().map(|job| job.carried.unwrap().plan.priority).collect()
}

#[tokio::test]
async fn streams_that_were_empty_are_asked_along_and_no_job_more_is_taken() {
    let yard = Yard::new().await;
    let worker = by_one_who_knows(&yard).await;
    two_of_each(&yard).await;
    assert_eq!(priorities(&worker, Priority::ALL, 3).await, [Critical, Critical, High]);
    assert_eq!(priorities(&worker, Priority::ALL, 4).await, [High, Normal, Low, Normal]);
    assert_eq!(priorities(&worker, Priority::ALL, 4).await, [Low]);
    let pending = Priority::ALL.map(|priority| yard.keys().jobs(priority));
    for stream in pending {
        assert_eq!(yard.pending(&stream, Group::Work).await, 2, "{stream}");
    }
}

#[tokio::test]
async fn critical_comes_with_the_next_claim_whatever_its_turn_and_the_rest_of_it_with_the_one_after() {
    let yard = Yard::new().await;
    let worker = by_one_who_knows(&yard).await;
    for n in 0..20 {
        yard.routed(&an_event(&format!("normal{n}")), &[&a_plan("normal", Normal)]).await;
    }
    let order = [Normal, Critical, High, Low];
    assert_eq!(priorities(&worker, order, 5).await, [Normal; 5]);
    for n in 0..3 {
        yard.routed(&an_event(&format!("critical{n}")), &[&a_plan("critical", Critical)]).await;
    }
    let count = async |order, count| {
        let claimed = priorities(&worker, order, count).await;
        assert_eq!(claimed.len(), count);
        claimed.into_iter().filter(|priority| *priority == Critical).count()
    };
    assert_eq!(count(order, 5).await, 1);
    assert_eq!(count([High, Critical, Normal, Low], 5).await, 2);
}
