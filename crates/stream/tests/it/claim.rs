//! `jobs:*` → worker.

use event::Priority::{self, Critical, High, Low, Normal};
use stream::{Group, StoreError};

use crate::samples::{a_plan, an_event};
use crate::yard::{Yard, take_over};

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
    // Redis had handed out six before it met the stream without a group: nobody has received them.
    let missing = worker.claim(Priority::ALL, 8).await;
    assert!(matches!(missing, Err(StoreError::NoGroup(_))), "{missing:?}");
    let mut found = worker.claim(Priority::ALL, 8).await.unwrap().len();
    for stream in [Critical, High, Normal].map(|priority| yard.keys().jobs(priority)) {
        found += take_over::<event::Job>(&worker, &stream).await.len();
    }
    assert_eq!(found, 8);
}
