//! Any stream → `dead`.

use event::{Job, Millis, Priority, RawEvent, Reason};
use stream::{Delivery, LastWords, Settled};

use crate::census::Census;
use crate::samples::{ERROR, a_plan, an_event};
use crate::yard::{Yard, take_over};

const LAST: LastWords<'_> =
    LastWords { reason: Reason::Exhausted, error: ERROR, status: Some(503), at: Millis(99) };

#[tokio::test]
async fn a_dead_letter_tells_what_the_contract_promises() {
    let yard = Yard::new().await;
    let event = an_event("a");
    let (delivery, job) = yard.claimed(&yard.worker(), &event, &a_plan("billing", Priority::High)).await;
    assert_eq!(delivery.bury(&job, Millis(77), &LAST).await.unwrap(), Settled::Done);
    let letter = yard.store.newest_dead_letters(1).await.unwrap().remove(0);
    let told = [
        ("event_id", event.id.as_str()),
        ("job", job.id.as_str()),
        ("endpoint", "payments"),
        ("source", "stripe"),
        ("event_type", "invoice.paid"),
        ("route", "billing"),
        ("handler", "billing-handler"),
        ("attempts", "1"),
        ("error", ERROR),
        ("status", "503"),
        ("first_at", "77"),
        ("last_at", "99"),
        ("reason", "exhausted"),
        ("headers", &event.headers.to_json()),
        ("trace", &event.trace),
    ];
    for (name, value) in told {
        assert_eq!(letter.text(name), value, "{name}");
    }
    assert_eq!(letter.bytes("body"), Some(&event.body.bytes[..]));
    assert_eq!(Census::take(&yard).await.wrongs([job.id.as_str()]), Vec::<String>::new());
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_buries_nothing() {
    let yard = Yard::new().await;
    let (slow, other) = (yard.worker(), yard.worker());
    let (late, job) = yard.claimed(&slow, &an_event("a"), &a_plan("r", Priority::High)).await;
    let taken = take_over::<Job>(&other, late.stream()).await.remove(0);
    assert_eq!(late.bury(&job, Millis(1), &LAST).await.unwrap(), Settled::Lost);
    assert_eq!(yard.length(&yard.keys().dead()).await, 0);
    assert_eq!(taken.bury(&job, Millis(1), &LAST).await.unwrap(), Settled::Done);
    assert_eq!(yard.length(&yard.keys().dead()).await, 1);
}

#[tokio::test]
async fn an_entry_that_can_not_be_read_is_set_aside_with_everything_it_has() {
    let yard = Yard::new().await;
    let events = yard.keys().events();
    let _: String = yard.ask(&["XADD", &events, "*", "event_id", "evt_x", "odd", "1"]).await;
    let delivery: Delivery<RawEvent> = yard.router().read(&[events], 1).await.unwrap().remove(0);
    let words = LastWords { reason: Reason::Malformed, error: "no `source`", status: None, at: Millis(5) };
    assert_eq!(delivery.set_aside(&words).await.unwrap(), Settled::Done);
    let letter = yard.store.newest_dead_letters(1).await.unwrap().remove(0);
    assert_eq!((letter.text("event_id"), letter.text("odd")), ("evt_x", "1"));
    assert_eq!((letter.text("reason"), letter.text("error")), ("malformed", "no `source`"));
    assert_eq!(Census::take(&yard).await.wrongs(["evt_x"]), Vec::<String>::new());
}

#[tokio::test]
async fn a_job_that_ended_its_workers_is_set_aside_as_it_is() {
    let yard = Yard::new().await;
    let (delivery, job) = yard.claimed(&yard.worker(), &an_event("a"), &a_plan("r", Priority::High)).await;
    let words = LastWords { reason: Reason::Poison, error: "three workers", status: None, at: Millis(5) };
    assert_eq!(delivery.set_aside(&words).await.unwrap(), Settled::Done);
    let letter = yard.store.newest_dead_letters(1).await.unwrap().remove(0);
    assert_eq!((letter.text("job"), letter.text("attempts")), (job.id.as_str(), "0"));
}

#[tokio::test]
async fn a_job_deleted_by_hand_is_reported_missing_and_no_letter_is_written() {
    let yard = Yard::new().await;
    let (delivery, job) = yard.claimed(&yard.worker(), &an_event("a"), &a_plan("r", Priority::High)).await;
    let _: u64 = yard.ask(&["XDEL", delivery.stream(), delivery.entry()]).await;
    assert_eq!(delivery.bury(&job, Millis(1), &LAST).await.unwrap(), Settled::Missing);
    assert_eq!(Census::take(&yard).await, Census::default());
}
