//! Entries of consumers that died.

use std::time::Duration;

use event::{Job, Priority, RawEvent};
use stream::{Group, Reader, Reclaim};

use crate::samples::{a_plan, an_event};
use crate::yard::{Yard, eventually, take_over};

/// One with much room: entries are made to look an hour old.
const LEASE: Duration = Duration::from_secs(600);

/// A thousand events in hand, and behind them one whose owner fell silent.
async fn one_idle_behind_a_thousand_fresh(yard: &Yard) -> Reader {
    let events = yard.keys().events();
    let mut together = redis::pipe();
    for n in 0..=1000 {
        together.cmd("XADD").arg(&events).arg("*").arg("event_id").arg(n).ignore();
    }
    let () = together.query_async(&mut yard.store.commands()).await.unwrap();
    let owner = yard.router();
    let taken = owner.read::<RawEvent>(std::slice::from_ref(&events), 1001).await.unwrap();
    yard.age_one(&events, Group::Route, owner.consumer(), taken[1000].entry()).await;
    owner
}

#[tokio::test]
async fn an_idle_entry_behind_a_thousand_fresh_ones_is_reached() {
    let yard = Yard::new().await;
    let _owner = one_idle_behind_a_thousand_fresh(&yard).await;
    let (other, events) = (yard.router(), yard.keys().events());
    // Redis looks at ten entries for each one asked for.
    let mut scan = Reclaim::after(LEASE);
    let mut found = Vec::new();
    for _ in 0..12 {
        found.extend(scan.step::<RawEvent>(&other, &events, 10).await.unwrap().deliveries);
    }
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].times, 2);
}

#[tokio::test]
async fn a_scan_that_starts_anew_each_time_does_not_reach_it() {
    let yard = Yard::new().await;
    let _owner = one_idle_behind_a_thousand_fresh(&yard).await;
    let (other, events) = (yard.router(), yard.keys().events());
    for _ in 0..24 {
        let found = Reclaim::after(LEASE).step::<RawEvent>(&other, &events, 10).await.unwrap();
        assert!(found.deliveries.is_empty(), "the trap that the kept cursor avoids is none");
    }
}

/// No step leaves an entry like this; a killed Redis has.
#[tokio::test]
async fn an_entry_in_nobodys_hands_is_handed_out_again_and_no_other_is() {
    let yard = Yard::new().await;
    let events = yard.keys().events();
    for name in ["stranded", "in hand", "new"] {
        yard.publish(&an_event(name)).await;
    }
    let (first, other) = (yard.router(), yard.router());
    let taken = first.read::<RawEvent>(std::slice::from_ref(&events), 2).await.unwrap();
    let _: u64 = yard.ask(&["XACK", &events, Group::Route.as_str(), taken[0].entry()]).await;
    let mut scan = Reclaim::after(LEASE);
    let found = scan.step::<RawEvent>(&other, &events, 10).await.unwrap().deliveries;
    let entries: Vec<_> = found.iter().map(|found| (found.entry(), found.times)).collect();
    assert_eq!(entries, [(taken[0].entry(), 2)]);
    assert_eq!(found[0].carried.as_ref().unwrap().id, an_event("stranded").id);
    assert!(scan.step::<RawEvent>(&other, &events, 10).await.unwrap().deliveries.is_empty());
    assert_eq!(yard.pending(&events, Group::Route).await, 2);
}

#[tokio::test]
async fn a_scan_goes_round_and_finds_what_fell_idle_behind_it() {
    let yard = Yard::new().await;
    let owner = one_idle_behind_a_thousand_fresh(&yard).await;
    let (other, events) = (yard.router(), yard.keys().events());
    let mut scan = Reclaim::after(LEASE);
    scan.step::<RawEvent>(&other, &events, 10).await.unwrap();
    let first = yard.entries(&events).await[0].0.clone();
    yard.age_one(&events, Group::Route, owner.consumer(), &first).await;
    let mut found = Vec::new();
    for _ in 0..24 {
        found.extend(scan.step::<RawEvent>(&other, &events, 10).await.unwrap().deliveries);
    }
    assert_eq!(found.len(), 2);
    assert_eq!(found[1].entry(), first);
}

#[tokio::test]
async fn a_lease_runs_out_by_itself() {
    let yard = Yard::new().await;
    let (dead, other) = (yard.worker(), yard.worker());
    let (delivery, job) = yard.claimed(&dead, &an_event("a"), &a_plan("r", Priority::Normal)).await;
    let stream = delivery.stream().to_owned();
    let begun = std::time::Instant::now();
    let lease = Duration::from_millis(100);
    let mut scan = Reclaim::after(lease);
    drop(delivery);
    let found = eventually("the lease runs out", async || {
        scan.step::<Job>(&other, &stream, 10).await.unwrap().deliveries.into_iter().next()
    })
    .await;
    assert!(begun.elapsed() + Duration::from_millis(1) >= lease / 2, "{:?}", begun.elapsed());
    assert_eq!(*found.carried.unwrap(), job);
}

#[tokio::test]
async fn each_taking_over_is_counted() {
    let yard = Yard::new().await;
    let (delivery, _) = yard.claimed(&yard.worker(), &an_event("a"), &a_plan("r", Priority::Normal)).await;
    for times in 2..6 {
        let taken = take_over::<Job>(&yard.worker(), delivery.stream()).await;
        assert_eq!(taken[0].times, times);
    }
}

#[tokio::test]
async fn entries_that_somebody_deleted_are_counted_and_no_longer_pending() {
    let yard = Yard::new().await;
    let worker = yard.worker();
    for n in 0..3 {
        yard.routed(&an_event(&n.to_string()), &[&a_plan("r", Priority::Normal)]).await;
    }
    let jobs = worker.claim(Priority::ALL, 3).await.unwrap();
    let stream = yard.keys().jobs(Priority::Normal);
    let _: u64 = yard.ask(&["XDEL", &stream, jobs[0].entry(), jobs[2].entry()]).await;
    let found = Reclaim::after(Duration::ZERO).step::<Job>(&yard.worker(), &stream, 10).await.unwrap();
    assert_eq!((found.deliveries.len(), found.deleted), (1, 2));
    assert_eq!(yard.pending(&stream, Group::Work).await, 1);
}

#[tokio::test]
async fn a_stream_that_lost_its_group_is_scanned_again_after_it_is_made() {
    let yard = Yard::new().await;
    let stream = yard.keys().jobs(Priority::Normal);
    let _: u64 = yard.ask(&["XGROUP", "DESTROY", &stream, "work"]).await;
    let mut scan = Reclaim::after(LEASE);
    assert!(scan.step::<Job>(&yard.worker(), &stream, 10).await.is_err());
    assert!(scan.step::<Job>(&yard.worker(), &stream, 10).await.unwrap().deliveries.is_empty());
}
