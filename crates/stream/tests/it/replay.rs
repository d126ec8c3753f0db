//! `dead` → `jobs:*`, once.

use event::{Job, Millis, Priority, RawEvent, Reason};
use stream::{Carried, Delivery, Group, LastWords, Replayed};

use crate::census::Census;
use crate::samples::{ERROR, a_plan, an_event};
use crate::yard::{Yard, dispatch};

const LAST: LastWords<'_> =
    LastWords { reason: Reason::Exhausted, error: ERROR, status: Some(503), at: Millis(99) };

async fn a_dead_letter(yard: &Yard) -> (String, Job) {
    let (delivery, job) =
        yard.claimed(&yard.worker(), &an_event("a"), &a_plan("r", Priority::Critical)).await;
    delivery.bury(&job, Millis(77), &LAST).await.unwrap();
    (yard.store.newest_dead_letters(1).await.unwrap().remove(0).id, job)
}

#[tokio::test]
async fn a_replayed_job_starts_from_its_first_attempt() {
    let yard = Yard::new().await;
    let (id, job) = a_dead_letter(&yard).await;
    assert_eq!(yard.store.replay(&id).await.unwrap(), Replayed::Again);
    let jobs = yard.entries(&yard.keys().jobs(Priority::Critical)).await;
    assert_eq!(Job::from_fields(jobs[0].1.clone()).unwrap(), job);
    for name in ["reason", "status", "last_at"] {
        assert!(jobs[0].1.get(name).is_none(), "{name}");
    }
    assert_eq!(Census::take(&yard).await.wrongs([job.id.as_str()]), Vec::<String>::new());
    assert_eq!(yard.store.replay(&id).await.unwrap(), Replayed::Missing);
}

#[tokio::test]
async fn replayed_anew_it_is_an_event_for_the_router_and_no_job_any_more() {
    let yard = Yard::new().await;
    let (id, _) = a_dead_letter(&yard).await;
    assert_eq!(yard.store.replay_anew(&id).await.unwrap(), Replayed::Again);
    let events = yard.entries(&yard.keys().events()).await;
    assert_eq!(RawEvent::from_fields(events[0].1.clone()).unwrap(), an_event("a"));
    let of_the_job =
        ["job", "route", "handler", "priority", "attempts", "error", "reason", "last_at", "status"];
    let left: Vec<_> = of_the_job.iter().filter(|name| events[0].1.get(name).is_some()).collect();
    assert_eq!(left, [&""; 0]);
    assert_eq!(Census::take(&yard).await.wrongs([an_event("a").id.as_str()]), Vec::<String>::new());
    assert_eq!(yard.store.replay_anew(&id).await.unwrap(), Replayed::Missing);
    // By the routes of now, of which there may be several: none of them is told of what was before but the count.
    let taken = yard.router().read(&[yard.keys().events()], 1).await.unwrap().remove(0);
    dispatch(taken, &[&a_plan("x", Priority::High), &a_plan("y", Priority::High)], "").await.unwrap();
    for delivery in yard.worker().claim(Priority::ALL, 2).await.unwrap() {
        let job = delivery.carried.as_deref().cloned().unwrap();
        assert_eq!((job.attempts, &job.event), (0, &an_event("a")));
        delivery.bury(&job, Millis(90), &LAST).await.unwrap();
    }
    let letters = yard.store.newest_dead_letters(10).await.unwrap();
    assert_eq!(letters.iter().map(|letter| letter.text("replays")).collect::<Vec<_>>(), ["1", "1"]);
}

#[tokio::test]
async fn a_letter_that_dies_again_says_how_often_it_was_replayed() {
    let yard = Yard::new().await;
    let (mut id, _) = a_dead_letter(&yard).await;
    for times in 1..=3 {
        yard.store.replay(&id).await.unwrap();
        let delivery = yard.worker().claim(Priority::ALL, 1).await.unwrap().remove(0);
        let job = delivery.carried.as_deref().cloned().unwrap();
        delivery.bury(&job, Millis(90), &LAST).await.unwrap();
        let letter = yard.store.newest_dead_letters(1).await.unwrap().remove(0);
        assert_eq!(letter.to_json()["replays"], times);
        id = letter.id;
    }
}

#[tokio::test]
async fn asked_both_ways_at_once_a_letter_goes_one_way() {
    let yard = Yard::new().await;
    let (id, job) = a_dead_letter(&yard).await;
    let (one, other) = (yard.another_store(), yard.another_store());
    let (back, anew) = tokio::join!(one.replay(&id), other.replay_anew(&id));
    assert_ne!(back.clone().unwrap(), anew.unwrap());
    let name = if back.unwrap() == Replayed::Again { job.id.to_string() } else { job.event.id.to_string() };
    assert_eq!(Census::take(&yard).await.wrongs([name.as_str()]), Vec::<String>::new());
}

#[tokio::test]
async fn asked_by_eight_at_once_a_letter_is_replayed_once() {
    let yard = Yard::new().await;
    let (id, job) = a_dead_letter(&yard).await;
    let asked = (0..8).map(|_| {
        let (store, id) = (yard.another_store(), id.clone());
        tokio::spawn(async move { store.replay(&id).await.unwrap() })
    });
    let mut again = 0;
    for replay in asked.collect::<Vec<_>>() {
        again += usize::from(replay.await.unwrap() == Replayed::Again);
    }
    assert_eq!(again, 1);
    assert_eq!(Census::take(&yard).await.wrongs([job.id.as_str()]), Vec::<String>::new());
}

#[tokio::test]
async fn an_event_that_never_was_a_job_goes_back_to_the_router() {
    let yard = Yard::new().await;
    let events = yard.keys().events();
    yard.publish(&an_event("a")).await;
    let delivery: Delivery<RawEvent> =
        yard.router().read(std::slice::from_ref(&events), 1).await.unwrap().remove(0);
    delivery.set_aside(&LAST).await.unwrap();
    let id = yard.store.newest_dead_letters(1).await.unwrap().remove(0).id;
    assert_eq!(yard.store.replay(&id).await.unwrap(), Replayed::Again);
    let delivery: Delivery<RawEvent> = yard.router().read(&[events], 1).await.unwrap().remove(0);
    assert_eq!(*delivery.carried.unwrap(), an_event("a"));
    assert_eq!(yard.length(&yard.keys().dead()).await, 0);
}

#[tokio::test]
async fn a_copy_for_the_archive_goes_back_to_the_archiver_and_is_not_delivered_again() {
    let yard = Yard::new().await;
    let archive = yard.keys().archive();
    yard.store.publish(&an_event("a"), None, true).await.unwrap();
    let archiver = yard.reader(Group::Archive);
    let read = async || archiver.read::<RawEvent>(std::slice::from_ref(&archive), 1).await.unwrap().remove(0);
    read().await.set_aside(&LAST).await.unwrap();
    let id = yard.store.newest_dead_letters(1).await.unwrap().remove(0).id;
    assert_eq!(yard.store.replay(&id).await.unwrap(), Replayed::Again);
    assert_eq!(*read().await.carried.unwrap(), an_event("a"));
    assert_eq!(yard.length(&yard.keys().events()).await, 1);
}

#[tokio::test]
async fn a_job_that_dies_again_after_its_replay_is_one_letter() {
    let yard = Yard::new().await;
    let (id, _) = a_dead_letter(&yard).await;
    yard.store.replay(&id).await.unwrap();
    let delivery = yard.worker().claim(Priority::ALL, 1).await.unwrap().remove(0);
    let job = delivery.carried.as_deref().cloned().unwrap();
    let words = LastWords { reason: Reason::Gone, error: "gone", status: Some(410), at: Millis(100) };
    delivery.bury(&job, Millis(90), &words).await.unwrap();
    let letters = yard.store.newest_dead_letters(10).await.unwrap();
    assert_eq!(letters.len(), 1);
    let told = ["attempts", "first_at", "last_at", "reason", "status"].map(|name| letters[0].text(name));
    assert_eq!(told, ["1", "90", "100", "gone", "410"]);
    let mut names: Vec<_> = letters[0].fields().map(|(name, _)| name).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all, "a field stands twice");
}
