//! An event that several routes matched stands once, as long as one of its jobs needs it.

use std::time::Duration;

use event::{Job, Millis, Plan, Priority, RawEvent, Reason};
use stream::{Delivery, JobResult, LastWords, Reclaim};

use crate::census::Census;
use crate::samples::{ERROR, a_plan, an_event};
use crate::yard::{Yard, failed};

fn three_plans() -> [Plan; 3] {
    [a_plan("a", Priority::High), a_plan("b", Priority::Normal), a_plan("c", Priority::Normal)]
}

/// An event's three jobs, in the hands of one worker.
async fn three_jobs(yard: &Yard, event: &RawEvent) -> [(Delivery<Job>, Job); 3] {
    yard.routed(event, &three_plans().each_ref()).await;
    let claimed = yard.worker().claim(Priority::ALL, 10).await.unwrap();
    let jobs = claimed.into_iter().map(|delivery| {
        let job = delivery.carried.as_deref().cloned().unwrap();
        (delivery, job)
    });
    jobs.collect::<Vec<_>>().try_into().unwrap()
}

async fn stands(yard: &Yard) -> usize {
    assert_eq!(Census::take(yard).await.faults, Vec::<String>::new());
    yard.length(&yard.keys().shared()).await
}

#[tokio::test]
async fn it_goes_with_the_last_of_its_jobs() {
    let yard = Yard::new().await;
    let event = an_event("a");
    let [(one, job), (two, other), (three, last)] = three_jobs(&yard, &event).await;
    assert_eq!(stands(&yard).await, 1);
    one.complete(&job, Millis(1), &JobResult::delivered(None)).await.unwrap();
    let words = LastWords { reason: Reason::Gone, error: ERROR, status: Some(410), at: Millis(9) };
    two.bury(&other, Millis(1), &words).await.unwrap();
    assert_eq!(stands(&yard).await, 1);
    three.complete(&last, Millis(1), &JobResult::delivered(None)).await.unwrap();
    assert_eq!(stands(&yard).await, 0);
}

#[tokio::test]
async fn a_dead_letter_carries_all_of_it() {
    let yard = Yard::new().await;
    let event = an_event("a");
    let [(one, job), ..] = three_jobs(&yard, &event).await;
    let words = LastWords { reason: Reason::Gone, error: ERROR, status: Some(410), at: Millis(9) };
    one.bury(&job, Millis(1), &words).await.unwrap();
    let letter = yard.store.newest_dead_letters(1).await.unwrap().remove(0);
    assert_eq!(letter.bytes("body"), Some(&event.body.bytes[..]));
    assert_eq!(letter.text("shared"), "");
    // By itself again, whatever the others do.
    yard.store.replay(&letter.id).await.unwrap();
    let again = yard.worker().claim(Priority::ALL, 1).await.unwrap().remove(0);
    assert_eq!(again.carried.unwrap().event, event);
}

#[tokio::test]
async fn a_job_finds_it_after_a_retry_and_after_its_worker_died() {
    let yard = Yard::new().await;
    let event = an_event("a");
    let [(one, job), (two, _), _] = three_jobs(&yard, &event).await;
    one.retry(&job, &failed(Millis(1), ERROR), Duration::ZERO).await.unwrap();
    yard.store.promote().await.unwrap();
    let again = yard.worker().claim(Priority::ALL, 1).await.unwrap().remove(0);
    assert_eq!(again.carried.unwrap().event, event);
    let stream = two.stream().to_owned();
    let mut scan = Reclaim::after(Duration::ZERO);
    let taken = scan.step::<Job>(&yard.worker(), &stream, 10).await.unwrap().deliveries;
    assert!(taken.iter().all(|taken| taken.carried.as_ref().unwrap().event == event));
    assert_eq!(stands(&yard).await, 1);
}

#[tokio::test]
async fn completed_twice_it_is_let_go_once() {
    let yard = Yard::new().await;
    let [(one, job), ..] = three_jobs(&yard, &an_event("a")).await;
    let stream = one.stream().to_owned();
    let mut scan = Reclaim::after(Duration::ZERO);
    let taken = scan.step::<Job>(&yard.worker(), &stream, 10).await.unwrap().deliveries;
    let same = taken.into_iter().find(|taken| taken.entry() == one.entry()).unwrap();
    let result = JobResult::delivered(None);
    let (first, second) =
        tokio::join!(one.complete(&job, Millis(1), &result), same.complete(&job, Millis(1), &result));
    first.unwrap();
    second.unwrap();
    assert_eq!(stands(&yard).await, 1);
}

#[tokio::test]
async fn a_queued_event_of_1_kb_takes_less_than_1_6_kb_and_with_ten_routes_less_than_4() {
    const EVENTS: usize = 500;
    for (routes, most) in [(1, 1_600), (10, 4_000)] {
        let yard = Yard::alone().await;
        let plans: Vec<_> = (0..routes).map(|n| a_plan(&format!("route-{n}"), Priority::Normal)).collect();
        let plans: Vec<_> = plans.iter().collect();
        for n in 0..EVENTS {
            let mut event = an_event(&n.to_string());
            event.body.bytes = vec![b'x'; 1024].into();
            yard.routed(&event, &plans).await;
        }
        let each = memory(&yard).await / EVENTS;
        assert!(each <= most, "{each} bytes with {routes} routes");
    }
}

/// Of everything that queued jobs and their events take up.
async fn memory(yard: &Yard) -> usize {
    let mut sum = 0;
    let keys = yard.keys();
    for key in keys.all_jobs().into_iter().chain([keys.shared(), keys.shared_left()]) {
        let bytes: Option<usize> = yard.ask(&["MEMORY", "USAGE", &key, "SAMPLES", "0"]).await;
        sum += bytes.unwrap_or(0);
    }
    sum
}
