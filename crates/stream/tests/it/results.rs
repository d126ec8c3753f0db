//! Outcomes for whoever waits.

use std::time::{Duration, Instant};

use event::{Millis, Priority, Reason};
use stream::{JobResult, LastWords};

use crate::samples::{ERROR, a_plan, awaited};
use crate::yard::{PATIENCE, Yard, failed};

#[tokio::test]
async fn who_waits_hears_of_each_route() {
    let yard = Yard::new().await;
    let (worker, event) = (yard.worker(), awaited("a"));
    yard.routed(&event, &[&a_plan("fine", Priority::High), &a_plan("gone", Priority::Low)]).await;
    let store = yard.another_store();
    let waiting = {
        let id = event.id.clone();
        tokio::spawn(async move { store.await_results(&id, 2, PATIENCE).await.unwrap() })
    };
    let mut claimed = worker.claim(Priority::ALL, 2).await.unwrap().into_iter();
    let (fine, gone) = (claimed.next().unwrap(), claimed.next().unwrap());
    let job = fine.carried.as_deref().cloned().unwrap();
    fine.complete(&job, Millis(1), &JobResult::delivered(Some(204))).await.unwrap();
    let job = gone.carried.as_deref().cloned().unwrap();
    let last = LastWords { reason: Reason::Gone, error: ERROR, status: Some(410), at: Millis(2) };
    gone.bury(&job, Millis(1), &last).await.unwrap();
    let heard = waiting.await.unwrap();
    let told: Vec<_> =
        heard.iter().map(|r| (r.route.as_str(), r.outcome.as_str(), r.attempts, r.status)).collect();
    assert_eq!(told, [("fine", "delivered", 1, Some(204)), ("gone", "dead", 1, Some(410))]);
    assert_eq!((heard[1].reason.as_deref(), heard[1].error.as_deref()), (Some("gone"), Some(ERROR)));
    let left: i64 = yard.ask(&["TTL", &yard.keys().results(&event.id)]).await;
    assert!((1..=300).contains(&left), "{left}");
}

#[tokio::test]
async fn who_waits_in_vain_gets_what_there_is() {
    let yard = Yard::new().await;
    let (delivery, job) = yard.claimed(&yard.worker(), &awaited("a"), &a_plan("r", Priority::High)).await;
    delivery.complete(&job, Millis(1), &JobResult::delivered(None)).await.unwrap();
    let begun = Instant::now();
    let heard = yard.store.await_results(&job.event.id, 2, Duration::from_millis(60)).await.unwrap();
    assert_eq!(heard.len(), 1);
    assert!(begun.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn a_retry_is_no_outcome() {
    let yard = Yard::new().await;
    let (delivery, job) = yard.claimed(&yard.worker(), &awaited("a"), &a_plan("r", Priority::High)).await;
    delivery.retry(&job, &failed(Millis(1), ERROR), Duration::ZERO).await.unwrap();
    assert!(yard.store.results(&job.event.id).await.unwrap().is_empty());
}
