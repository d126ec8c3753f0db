//! Where an event is.

use std::time::Duration;

use event::{Millis, Priority, Reason};
use stream::{JobResult, LastWords, Place};

use crate::samples::{ERROR, a_plan, an_event};
use crate::yard::{Yard, failed};

fn on_jobs(route: &str, attempts: u32) -> Place {
    Place::Jobs { route: route.to_owned(), priority: "high".to_owned(), attempts }
}

#[tokio::test]
async fn an_event_is_found_at_each_station_of_its_way() {
    let yard = Yard::new().await;
    let event = an_event("a");
    let worker = yard.worker();
    assert_eq!(yard.store.whereabouts(&event.id).await.unwrap(), []);
    yard.publish(&event).await;
    yard.publish(&an_event("another")).await;
    assert_eq!(yard.store.whereabouts(&event.id).await.unwrap(), [Place::Events]);
    yard.routed(&event, &[&a_plan("one", Priority::High), &a_plan("two", Priority::High)]).await;
    let mut claimed = worker.claim(Priority::ALL, 2).await.unwrap();
    let found = yard.store.whereabouts(&event.id).await.unwrap();
    assert_eq!(found, [Place::Events, on_jobs("two", 0), on_jobs("one", 0)]);
    let (second, first) = (claimed.pop().unwrap(), claimed.pop().unwrap());
    let job = first.carried.as_deref().cloned().unwrap();
    first.retry(&job, &failed(Millis(1), ERROR), Duration::ZERO).await.unwrap();
    let retry = Place::Retry { route: "one".to_owned(), attempts: 1, error: ERROR.to_owned() };
    let found = yard.store.whereabouts(&event.id).await.unwrap();
    assert_eq!(found, [Place::Events, on_jobs("two", 0), retry]);
    let job = second.carried.as_deref().cloned().unwrap();
    let last = LastWords { reason: Reason::Gone, error: "gone", status: None, at: Millis(2) };
    second.bury(&job, Millis(1), &last).await.unwrap();
    yard.store.promote().await.unwrap();
    let id = yard.store.newest_dead_letters(1).await.unwrap().remove(0).id;
    let dead = Place::Dead { id, attempts: 1, error: "gone".to_owned() };
    let found = yard.store.whereabouts(&event.id).await.unwrap();
    assert_eq!(found, [Place::Events, on_jobs("one", 1), dead]);
}

#[tokio::test]
async fn an_event_that_was_delivered_is_nowhere() {
    let yard = Yard::new().await;
    let (delivery, job) = yard.claimed(&yard.worker(), &an_event("a"), &a_plan("r", Priority::High)).await;
    delivery.complete(&job, Millis(1), &JobResult::delivered(Some(200))).await.unwrap();
    assert_eq!(yard.store.whereabouts(&job.event.id).await.unwrap(), []);
}

#[tokio::test]
async fn an_event_under_a_thousand_newer_ones_is_found() {
    let yard = Yard::new().await;
    yard.publish(&an_event("a")).await;
    let mut together = redis::pipe();
    for n in 0..1200 {
        together.cmd("XADD").arg(yard.keys().events()).arg("*").arg("event_id").arg(n).ignore();
    }
    let () = together.query_async(&mut yard.store.commands()).await.unwrap();
    assert_eq!(yard.store.whereabouts(&an_event("a").id).await.unwrap(), [Place::Events]);
}
