//! Fields that stand together on the way, and by themselves at its end and in earlier versions.

use event::{Job, Millis, Priority, RawEvent, Reason};
use stream::{LastWords, Replayed};

use crate::samples::{ERROR, a_plan, an_event};
use crate::yard::{Yard, dispatch};

const LAST: LastWords<'_> =
    LastWords { reason: Reason::Exhausted, error: ERROR, status: Some(503), at: Millis(99) };

type Stored = Vec<(String, Vec<(String, Vec<u8>)>)>;

/// The names of the only entry's fields, as they stand in Redis.
async fn names(yard: &Yard, stream: &str) -> Vec<String> {
    let stored: Stored = yard.ask(&["XRANGE", stream, "-", "+"]).await;
    assert_eq!(stored.len(), 1);
    stored[0].1.iter().map(|(name, _)| name.clone()).collect()
}

/// The event as earlier versions wrote it.
async fn add_spread(yard: &Yard, stream: &str, event: &RawEvent, more: &[(&str, &str)]) {
    let mut add = redis::cmd("XADD");
    add.arg(stream).arg("*");
    for (name, value) in more {
        add.arg(name).arg(value);
    }
    add.arg("event_id").arg(event.id.as_str()).arg("endpoint").arg(&event.endpoint);
    add.arg("source").arg(&event.source).arg("event_type").arg(&event.event_type);
    add.arg("received_at").arg(event.received_at.0).arg("content_type").arg(&event.body.content_type);
    add.arg("format").arg(&event.body.format).arg("headers").arg(event.headers.to_json());
    add.arg("trace").arg(&event.trace).arg("verified_by").arg(&event.verified_by);
    add.arg("awaited").arg("0").arg("body").arg(&event.body.bytes[..]);
    add.exec_async(&mut yard.store.commands()).await.unwrap();
}

#[tokio::test]
async fn on_the_way_there_are_few_fields_and_a_dead_letter_has_each_by_itself() {
    let yard = Yard::new().await;
    yard.publish(&an_event("a")).await;
    assert_eq!(names(&yard, &yard.keys().events()).await.len(), 3);
    let (delivery, job) = yard.claimed(&yard.worker(), &an_event("b"), &a_plan("r", Priority::High)).await;
    assert!(names(&yard, &yard.keys().jobs(Priority::High)).await.len() <= 10);
    delivery.bury(&job, Millis(77), &LAST).await.unwrap();
    let letter = names(&yard, &yard.keys().dead()).await;
    let promised = "event_id job endpoint source event_type route handler attempts error status first_at last_at headers \
                    body trace";
    for name in promised.split(' ') {
        assert_eq!(letter.iter().filter(|stands| *stands == name).count(), 1, "{name} in {letter:?}");
    }
    assert!(letter.iter().all(|name| !name.contains(',')), "{letter:?}");
}

#[tokio::test]
async fn an_event_of_an_earlier_version_goes_all_the_way() {
    let yard = Yard::new().await;
    let (event, plan) = (an_event("old"), a_plan("r", Priority::Low));
    add_spread(&yard, &yard.keys().events(), &event, &[]).await;
    let router = yard.router();
    let taken = router.read::<RawEvent>(&[yard.keys().events()], 1).await.unwrap().remove(0);
    assert_eq!(taken.carried.as_deref(), Ok(&event));
    dispatch(taken, &[&plan], "").await.unwrap();
    let delivery = yard.worker().claim(Priority::ALL, 1).await.unwrap().remove(0);
    let job = delivery.carried.as_deref().cloned().unwrap();
    assert_eq!((&job.event, &job.plan), (&event, &plan));
    delivery.bury(&job, Millis(77), &LAST).await.unwrap();
    let letter = yard.store.newest_dead_letters(1).await.unwrap().remove(0);
    assert_eq!((letter.text("endpoint"), letter.text("handler")), ("payments", "r-handler"));
    assert_eq!(yard.store.replay(&letter.id).await.unwrap(), Replayed::Again);
    let again = yard.worker().claim(Priority::ALL, 1).await.unwrap().remove(0);
    assert_eq!(again.carried.as_deref(), Ok(&job));
}

#[tokio::test]
async fn a_job_of_an_earlier_version_is_read() {
    let yard = Yard::new().await;
    let (event, plan) = (an_event("old"), a_plan("r", Priority::Low));
    let of_the_job = [
        ("job", "evt_old:r"),
        ("route", "r"),
        ("handler", "r-handler"),
        ("priority", "low"),
        ("retry_count", "3"),
        ("timeout_ms", "2500"),
        ("retry_on", "404,409"),
        ("attempts", "1"),
        ("first_at", "77"),
        ("error", ERROR),
    ];
    add_spread(&yard, &yard.keys().jobs(Priority::Low), &event, &of_the_job).await;
    let job: Job =
        yard.worker().claim(Priority::ALL, 1).await.unwrap().remove(0).carried.as_deref().cloned().unwrap();
    assert_eq!((&job.event, &job.plan), (&event, &plan));
    assert_eq!((job.attempts, job.first_at, job.last_error.as_str()), (1, Some(Millis(77)), ERROR));
}
