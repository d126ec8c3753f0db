//! `jobs:*` → `retry`, without an attempt.

use std::time::Duration;

use event::{Job, Priority};
use stream::{Carried, Settled};

use crate::census::Census;
use crate::samples::{a_plan, an_event};
use crate::yard::{Yard, take_over};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_deferred_job_waits_as_it_was_and_comes_back_so() {
    let yard = Yard::new().await;
    let worker = yard.worker();
    let (delivery, job) = yard.claimed(&worker, &an_event("a"), &a_plan("r", Priority::Low)).await;
    assert_eq!(delivery.defer(&job, Duration::ZERO).await.unwrap(), Settled::Done);
    let waiting = yard.entries(&yard.keys().retry()).await;
    assert_eq!(Job::from_fields(waiting[0].1.clone()).unwrap(), job);
    assert_eq!(yard.length(&yard.keys().jobs(Priority::Low)).await, 0);
    assert_eq!(yard.store.promote().await.unwrap(), (1, None));
    let again = worker.claim(Priority::ALL, 2).await.unwrap();
    assert_eq!(again.iter().map(|job| job.carried.as_deref().unwrap()).collect::<Vec<_>>(), [&job]);
    // It was never attempted, and no worker died of it.
    assert_eq!((again[0].times, job.attempts), (1, 0));
}

#[tokio::test]
async fn it_is_due_after_its_delay_and_not_before() {
    let yard = Yard::new().await;
    let (delivery, job) = yard.claimed(&yard.worker(), &an_event("a"), &a_plan("r", Priority::Low)).await;
    delivery.defer(&job, MINUTE).await.unwrap();
    let (moved, next) = yard.store.promote().await.unwrap();
    assert_eq!(moved, 0);
    assert!(next.is_some_and(|next| next <= MINUTE && next > MINUTE / 2), "{next:?}");
}

#[tokio::test]
async fn many_travel_together_and_one_that_was_lost_holds_up_none() {
    let yard = Yard::new().await;
    let (slow, other) = (yard.worker(), yard.worker());
    for n in 0..40 {
        let priority = if n % 2 == 0 { Priority::High } else { Priority::Low };
        yard.routed(&an_event(&n.to_string()), &[&a_plan("r", priority)]).await;
    }
    let all = slow.claim(Priority::ALL, 40).await.unwrap();
    let jobs: Vec<Job> = all.iter().map(|delivery| delivery.carried.as_deref().cloned().unwrap()).collect();
    let taken = take_over::<Job>(&other, &yard.keys().jobs(Priority::High)).await;
    assert_eq!(taken.len(), 20);
    let deferring = all.into_iter().zip(&jobs).map(|(delivery, job)| delivery.defer(job, MINUTE));
    let told: Vec<_> =
        futures_util::future::join_all(deferring).await.into_iter().map(Result::unwrap).collect();
    for (job, told) in jobs.iter().zip(&told) {
        let lost = job.plan.priority == Priority::High;
        assert_eq!(*told, if lost { Settled::Lost } else { Settled::Done });
    }
    assert_eq!(yard.length(&yard.keys().retry()).await, 20);
    let names: Vec<_> = jobs.iter().map(|job| job.id.to_string()).collect();
    let census = Census::take(&yard).await;
    assert_eq!(census.wrongs(names.iter().map(String::as_str)), Vec::<String>::new());
}

#[tokio::test]
async fn a_job_deleted_by_hand_is_reported_missing() {
    let yard = Yard::new().await;
    let (delivery, job) = yard.claimed(&yard.worker(), &an_event("a"), &a_plan("r", Priority::Low)).await;
    let _: u64 = yard.ask(&["XDEL", delivery.stream(), delivery.entry()]).await;
    assert_eq!(delivery.defer(&job, MINUTE).await.unwrap(), Settled::Missing);
    assert_eq!(Census::take(&yard).await, Census::default());
}
