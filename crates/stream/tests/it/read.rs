//! Blocking reads.

use std::time::{Duration, Instant};

use event::{Priority, RawEvent};
use stream::{Delivery, EntryError, Group, Reader, StoreError};

use crate::samples::an_event;
use crate::yard::{PATIENCE, Yard, eventually};

#[tokio::test]
async fn a_read_wakes_when_an_entry_is_added() {
    let yard = Yard::alone().await;
    let reader = Reader::new(yard.store.clone(), Group::Route, "test", PATIENCE);
    let events = yard.keys().events();
    let begun = Instant::now();
    let waiting = {
        let events = events.clone();
        tokio::spawn(async move { reader.read::<RawEvent>(&[events], 10).await.unwrap() })
    };
    somebody_waits(&yard).await;
    yard.publish(&an_event("a")).await;
    let taken = waiting.await.unwrap();
    assert!(begun.elapsed() < PATIENCE);
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].carried.as_deref().unwrap(), &an_event("a"));
    assert_eq!((taken[0].times, taken[0].stream()), (1, &*events));
}

#[tokio::test]
async fn a_read_of_nothing_ends_when_its_wait_is_over() {
    let yard = Yard::new().await;
    let reader = Reader::new(yard.store.clone(), Group::Route, "test", Duration::from_millis(50));
    let begun = Instant::now();
    assert!(reader.read::<RawEvent>(&[yard.keys().events()], 10).await.unwrap().is_empty());
    assert!(begun.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn an_entry_goes_to_one_reader() {
    let yard = Yard::new().await;
    for n in 0..40 {
        yard.publish(&an_event(&n.to_string())).await;
    }
    let (first, second) = (yard.router(), yard.router());
    let events = [yard.keys().events()];
    let (one, other) =
        tokio::join!(first.read::<RawEvent>(&events, 20), second.read::<RawEvent>(&events, 20));
    let mut ids: Vec<_> = one.unwrap().iter().chain(&other.unwrap()).map(|d| d.entry().to_owned()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 40);
}

#[tokio::test]
async fn a_read_takes_so_many_from_each_stream() {
    let yard = Yard::new().await;
    for priority in Priority::ALL {
        let plan = crate::samples::a_plan("r", priority);
        yard.routed(&an_event(priority.as_str()), &[&plan]).await;
        yard.routed(&an_event(&format!("{priority} again")), &[&plan]).await;
    }
    let taken = yard.worker().read::<event::Job>(&yard.keys().all_jobs(), 1).await.unwrap();
    assert_eq!(taken.len(), 4);
}

#[tokio::test]
async fn an_entry_that_can_not_be_read_is_handed_out_with_what_is_wrong() {
    let yard = Yard::new().await;
    let events = yard.keys().events();
    let _: String = yard.ask(&["XADD", &events, "*", "event_id", "evt_x", "endpoint", "e"]).await;
    let taken: Vec<Delivery<RawEvent>> = yard.router().read(&[events], 1).await.unwrap();
    assert_eq!(taken[0].carried, Err(EntryError::Missing("source")));
}

#[tokio::test]
async fn a_read_heals_after_redis_has_forgotten_everything() {
    let yard = Yard::alone().await;
    let reader = yard.router();
    let events = [yard.keys().events()];
    assert!(reader.read::<RawEvent>(&events, 1).await.unwrap().is_empty());
    let _: () = yard.ask(&["FLUSHALL"]).await;
    yard.publish(&an_event("after")).await;
    let missing = reader.read::<RawEvent>(&events, 1).await;
    assert!(matches!(missing, Err(StoreError::NoGroup(_))), "{missing:?}");
    // Made again, and from the first entry: what came before the group did is not passed over.
    let taken = reader.read::<RawEvent>(&events, 1).await.unwrap();
    assert_eq!(taken[0].carried.as_ref().unwrap().id, an_event("after").id);
}

#[tokio::test]
async fn a_read_that_waits_while_redis_forgets_everything_heals_too() {
    let yard = Yard::alone().await;
    let reader = Reader::new(yard.store.clone(), Group::Route, "test", Duration::from_secs(1));
    let events = yard.keys().events();
    let heal = async {
        loop {
            if let Ok(taken) = reader.read::<RawEvent>(std::slice::from_ref(&events), 1).await
                && let Some(delivery) = taken.into_iter().next()
            {
                return delivery;
            }
        }
    };
    let forget = async {
        somebody_waits(&yard).await;
        let _: () = yard.ask(&["FLUSHALL"]).await;
        yard.publish(&an_event("after")).await;
    };
    let (delivery, ()) = tokio::time::timeout(PATIENCE, async { tokio::join!(heal, forget) }).await.unwrap();
    assert_eq!(delivery.carried.unwrap().id, an_event("after").id);
}

/// Waits until a read blocks on this server.
async fn somebody_waits(yard: &Yard) {
    eventually("a reader waits", async || {
        let clients: String = yard.ask(&["INFO", "clients"]).await;
        clients.contains("blocked_clients:1").then_some(())
    })
    .await;
}
