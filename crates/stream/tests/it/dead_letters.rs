//! Looking at dead letters.

use std::time::Duration;

use event::{Millis, Priority, Reason};
use stream::LastWords;

use crate::samples::{ERROR, a_plan, an_event};
use crate::yard::{PATIENCE, Yard};

async fn bury(yard: &Yard, names: &[&str]) {
    let worker = yard.worker();
    for name in names {
        let (delivery, job) = yard.claimed(&worker, &an_event(name), &a_plan("r", Priority::High)).await;
        let last = LastWords { reason: Reason::Refused, error: ERROR, status: Some(400), at: Millis(2) };
        delivery.bury(&job, Millis(1), &last).await.unwrap();
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap_or_a_repeat() {
    let yard = Yard::new().await;
    bury(&yard, &["a", "b", "c", "d", "e"]).await;
    let (mut cursor, mut seen, mut pages) = ("-".to_owned(), Vec::new(), 0);
    loop {
        let page = yard.store.dead_letters(&cursor, 2).await.unwrap();
        seen.extend(page.letters.iter().map(|letter| letter.text("event_id").to_owned()));
        pages += 1;
        let Some(next) = page.next else { break };
        cursor = next;
    }
    let expected = ["a", "b", "c", "d", "e"].map(|name| an_event(name).id.to_string());
    assert_eq!((&seen[..], pages), (&expected[..], 3));
    let newest = yard.store.newest_dead_letters(2).await.unwrap();
    assert_eq!(newest[0].text("event_id"), expected[4]);
}

#[tokio::test]
async fn a_letter_is_json_with_numbers_and_a_body_that_is_not_text_in_base_64() {
    let yard = Yard::new().await;
    bury(&yard, &["a"]).await;
    let json = yard.store.newest_dead_letters(1).await.unwrap()[0].to_json();
    assert_eq!((&json["attempts"], &json["status"]), (&1.into(), &400.into()));
    assert_eq!(json["headers"][0], serde_json::json!(["x-name", "a"]));
    assert_eq!(json["body_base64"], "eyJhIjoiAP8NCiJ9");
    assert!(json.get("body").is_none());
}

#[tokio::test]
async fn who_follows_is_woken_by_the_next_letter() {
    let yard = Yard::new().await;
    bury(&yard, &["before"]).await;
    let mut follow = yard.store.follow_dead_letters().await.unwrap();
    let (followed, ()) = tokio::join!(follow.next(PATIENCE), bury(&yard, &["after"]));
    assert_eq!(followed.unwrap()[0].text("event_id"), an_event("after").id.as_str());
    let none = follow.next(Duration::from_millis(20)).await.unwrap();
    assert!(none.is_empty());
}

#[tokio::test]
async fn a_discarded_letter_is_gone_and_is_discarded_once() {
    let yard = Yard::new().await;
    bury(&yard, &["a", "b"]).await;
    let id = yard.store.dead_letters("-", 1).await.unwrap().letters.remove(0).id;
    assert!(yard.store.discard(&id).await.unwrap());
    assert!(!yard.store.discard(&id).await.unwrap());
    assert!(yard.store.dead_letter(&id).await.unwrap().is_none());
    assert_eq!(yard.length(&yard.keys().dead()).await, 1);
}

#[tokio::test]
async fn what_is_no_id_names_no_letter() {
    let yard = Yard::new().await;
    bury(&yard, &["a"]).await;
    let id = yard.store.newest_dead_letters(1).await.unwrap().remove(0).id;
    let time = id.split('-').next().unwrap();
    for wrong in ["", "-", "+", "$", "abc", "1-", "99999999999999999999-1", time, &format!("({id}")] {
        assert!(yard.store.dead_letter(wrong).await.unwrap().is_none(), "{wrong:?}");
        assert!(!yard.store.discard(wrong).await.unwrap(), "{wrong:?}");
        assert_eq!(yard.store.replay(wrong).await.unwrap(), stream::Replayed::Missing, "{wrong:?}");
    }
    assert_eq!(yard.length(&yard.keys().dead()).await, 1);
}
