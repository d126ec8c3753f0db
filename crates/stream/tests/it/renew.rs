//! Keeping a lease.

use std::time::Duration;

use event::{Job, Millis, Priority};
use stream::{Group, Reclaim};

use crate::samples::{a_plan, an_event};
use crate::yard::{Yard, take_over};

/// One with much room: entries are made to look an hour old.
const LEASE: Duration = Duration::from_secs(600);

#[tokio::test]
async fn a_renewed_entry_is_not_taken_over_and_not_counted_as_delivered_again() {
    let yard = Yard::new().await;
    let worker = yard.worker();
    let (delivery, _) = yard.claimed(&worker, &an_event("a"), &a_plan("r", Priority::High)).await;
    let stream = delivery.stream().to_owned();
    yard.age(&stream, Group::Work).await;
    assert!(worker.renew(&stream, &[delivery.entry().to_owned()]).await.unwrap().is_empty());
    let other = yard.worker();
    assert!(Reclaim::after(LEASE).step::<Job>(&other, &stream, 10).await.unwrap().deliveries.is_empty());
    let pending: Vec<(String, String, u64, u64)> =
        yard.ask(&["XPENDING", &stream, "work", "-", "+", "10"]).await;
    assert_eq!((pending[0].1.as_str(), pending[0].3), (worker.consumer(), 1));
    assert!(pending[0].2 < 60_000);
}

#[tokio::test]
async fn a_renewal_tells_what_is_no_longer_ours_and_keeps_the_rest() {
    let yard = Yard::new().await;
    let plan = a_plan("r", Priority::High);
    for name in ["taken", "kept", "settled"] {
        yard.routed(&an_event(name), &[&plan]).await;
    }
    let worker = yard.worker();
    let jobs = worker.claim(Priority::ALL, 3).await.unwrap();
    let ids: Vec<_> = jobs.iter().map(|job| job.entry().to_owned()).collect();
    let stream = jobs[0].stream().to_owned();
    let other = yard.worker();
    yard.age_one(&stream, Group::Work, worker.consumer(), &ids[0]).await;
    assert_eq!(Reclaim::after(LEASE).step::<Job>(&other, &stream, 10).await.unwrap().deliveries.len(), 1);
    let done = jobs.into_iter().nth(2).unwrap();
    let job = done.carried.as_deref().cloned().unwrap();
    done.complete(&job, Millis(1), &stream::JobResult::delivered(None)).await.unwrap();
    assert_eq!(worker.renew(&stream, &ids).await.unwrap(), [ids[0].clone(), ids[2].clone()]);
    // Asking did not take it back.
    assert_eq!(other.renew(&stream, &ids[..1]).await.unwrap(), Vec::<String>::new());
    assert_eq!(take_over::<Job>(&worker, &stream).await.len(), 2);
}

#[tokio::test]
async fn an_entry_in_hand_asks_for_itself_whether_it_is_still_ours() {
    let yard = Yard::new().await;
    let (worker, other) = (yard.worker(), yard.worker());
    let (delivery, job) = yard.claimed(&worker, &an_event("a"), &a_plan("r", Priority::High)).await;
    let stream = delivery.stream().to_owned();
    yard.age(&stream, Group::Work).await;
    assert!(delivery.renew().await.unwrap());
    assert!(Reclaim::after(LEASE).step::<Job>(&other, &stream, 10).await.unwrap().deliveries.is_empty());
    let taken = take_over::<Job>(&other, &stream).await.remove(0);
    assert!(!delivery.renew().await.unwrap() && taken.renew().await.unwrap());
    taken.complete(&job, Millis(1), &stream::JobResult::delivered(None)).await.unwrap();
    assert!(!delivery.renew().await.unwrap());
}

#[tokio::test]
async fn nothing_in_hand_renews_nothing() {
    let yard = Yard::new().await;
    assert!(yard.worker().renew(&yard.keys().jobs(Priority::Low), &[]).await.unwrap().is_empty());
}
