//! sender → `events`.

use std::time::{Duration, Instant};

use event::{Millis, RawEvent};
use stream::{Carried, Mark, Published};

use crate::samples::an_event;
use crate::yard::{Yard, eventually};

const DAY: Mark = Mark { window: Duration::from_secs(86_400) };

#[tokio::test]
async fn an_event_stands_in_the_stream_as_it_was_offered() {
    let yard = Yard::new().await;
    let event = an_event("a");
    assert_eq!(yard.store.publish(&event, Some(DAY), false).await.unwrap(), Published::Accepted);
    let entries = yard.entries(&yard.keys().events()).await;
    assert_eq!(entries.len(), 1);
    assert_eq!(RawEvent::from_fields(entries[0].1.clone()).unwrap(), event);
    assert_eq!(yard.length(&yard.keys().archive()).await, 0);
}

#[tokio::test]
async fn the_same_id_within_its_window_is_a_duplicate_and_writes_nothing() {
    let yard = Yard::new().await;
    yard.store.publish(&an_event("a"), Some(DAY), true).await.unwrap();
    for _ in 0..3 {
        let again = yard.store.publish(&an_event("a"), Some(DAY), true).await.unwrap();
        assert_eq!(again, Published::Duplicate);
    }
    assert_eq!(yard.length(&yard.keys().events()).await, 1);
    assert_eq!(yard.length(&yard.keys().archive()).await, 1);
    assert_eq!(yard.store.publish(&an_event("b"), Some(DAY), true).await.unwrap(), Published::Accepted);
}

#[tokio::test]
async fn sixteen_at_the_same_instant_are_accepted_once() {
    let yard = Yard::new().await;
    let offers = (0..16).map(|_| {
        let store = yard.another_store();
        tokio::spawn(async move { store.publish(&an_event("a"), Some(DAY), false).await.unwrap() })
    });
    let mut accepted = 0;
    for offer in offers.collect::<Vec<_>>() {
        accepted += usize::from(offer.await.unwrap() == Published::Accepted);
    }
    assert_eq!(accepted, 1);
    assert_eq!(yard.length(&yard.keys().events()).await, 1);
}

#[tokio::test]
async fn the_same_id_is_accepted_again_once_its_window_has_passed_and_not_before() {
    const WINDOW: Duration = Duration::from_millis(200);
    // Redis rounds both times down to the millisecond.
    const ROUNDING: Duration = Duration::from_millis(1);
    let yard = Yard::new().await;
    let offer =
        async || yard.store.publish(&an_event("a"), Some(Mark { window: WINDOW }), false).await.unwrap();
    // Early in a generation, so that its marks are still there when the window has passed.
    eventually("a generation is young", async || (Millis::now().0 % 200 < 100).then_some(())).await;
    let begun = Instant::now();
    offer().await;
    let marked = Instant::now();
    loop {
        let asked = Instant::now();
        if offer().await == Published::Accepted {
            break;
        }
        assert!(asked - marked < WINDOW + ROUNDING, "{:?} later it is still a duplicate", asked - marked);
    }
    assert!(begun.elapsed() >= WINDOW - ROUNDING);
    assert_eq!(yard.length(&yard.keys().events()).await, 2);
}

#[tokio::test]
async fn a_mark_holds_when_its_generation_turns() {
    const WINDOW: u64 = 400;
    let yard = Yard::new().await;
    let mark = Mark { window: Duration::from_millis(WINDOW) };
    for round in 0..50 {
        // Late in one generation, then early in the next, if the machine lets us.
        eventually("the generation is nearly over", async || (Millis::now().0 % WINDOW > 300).then_some(()))
            .await;
        let event = an_event(&round.to_string());
        let begun = Instant::now();
        let before = Millis::now().0 / WINDOW;
        yard.store.publish(&event, Some(mark), false).await.unwrap();
        eventually("the generation turns", async || (Millis::now().0 / WINDOW > before).then_some(())).await;
        let again = yard.store.publish(&event, Some(mark), false).await.unwrap();
        if begun.elapsed() < mark.window {
            assert_eq!(again, Published::Duplicate);
            return;
        }
    }
    panic!("the machine is too busy: fifty rounds, and each took longer than a window");
}

#[tokio::test]
async fn marks_are_forgotten_by_redis_itself() {
    let yard = Yard::new().await;
    yard.store.publish(&an_event("a"), Some(DAY), false).await.unwrap();
    let marks: Vec<String> = yard.ask(&["KEYS", &format!("{}:*", yard.keys().marks())]).await;
    assert_eq!(marks.len(), 1);
    let left: i64 = yard.ask(&["PTTL", &marks[0]]).await;
    let window = i64::try_from(DAY.window.as_millis()).unwrap();
    assert!(left > window && left <= 2 * window, "{left}");
}

#[tokio::test]
async fn without_a_mark_every_offer_is_accepted() {
    let yard = Yard::new().await;
    yard.publish(&an_event("a")).await;
    yard.publish(&an_event("a")).await;
    assert_eq!(yard.length(&yard.keys().events()).await, 2);
    let marks: Vec<String> = yard.ask(&["KEYS", &format!("{}*", yard.keys().marks())]).await;
    assert!(marks.is_empty());
}

#[tokio::test]
async fn the_archive_gets_a_copy_in_the_same_step_where_it_is_on() {
    let yard = Yard::new().await;
    yard.store.publish(&an_event("a"), Some(DAY), true).await.unwrap();
    let copies = yard.entries(&yard.keys().archive()).await;
    assert_eq!(RawEvent::from_fields(copies[0].1.clone()).unwrap(), an_event("a"));
}
