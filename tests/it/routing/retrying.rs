//! T4, T5: how a failed delivery is tried again.

use std::time::Duration;

use tests::{Call, Gateway, Receiver, eventually, idle, until};

use super::{config, route};

const BODY: &str = r#"{"type":"thing.made"}"#;

/// Time between the calls, in seconds.
fn gaps(calls: &[Call]) -> Vec<f64> {
    calls.windows(2).map(|pair| (pair[1].at - pair[0].at).as_secs_f64()).collect()
}

/// None is shorter than wanted, but for the millisecond in which Redis reckons; none longer than a busy machine needs.
fn assert_gaps(calls: &[Call], wanted: &[f64]) {
    let gaps = gaps(calls);
    assert_eq!(gaps.len(), wanted.len(), "{gaps:?}");
    for (gap, wanted) in gaps.iter().zip(wanted) {
        assert!((wanted - 0.001..wanted + 3.0).contains(gap), "{gaps:?}, wanted {wanted} s");
    }
}

#[tokio::test]
async fn t4_retries_wait_2_to_the_n_times_the_base_up_to_the_routes_count() {
    let receiver = Receiver::start().await;
    receiver.answer_always(500);
    let worker = "backoff_base = 0.2\njitter = 0";
    let gateway = Gateway::start(&config(&receiver, worker, &route("all", "retry_count = 3"))).await;
    let id = gateway.sender("in").send(BODY).await.event_id();
    until("four attempts", 4, async || receiver.count()).await;
    idle(&gateway.store).await;
    let calls = receiver.calls();
    assert_gaps(&calls, &[0.4, 0.8, 1.6]);
    let attempts: Vec<_> = calls.iter().map(|call| call.header("hookstream-attempt")).collect();
    assert_eq!(attempts, ["1", "2", "3", "4"]);
    assert!(calls.iter().all(|call| call.header("hookstream-event-id") == id));
    let letters = gateway.store.newest_dead_letters(9).await.expect("Redis answers");
    assert_eq!(
        (letters.len(), letters[0].text("attempts"), letters[0].text("event_id")),
        (1, "4", id.as_str())
    );
}

#[tokio::test]
async fn t4_a_retry_that_succeeds_ends_it_and_a_route_may_allow_none() {
    let receiver = Receiver::start().await;
    let routes = route("twice", r#"event_types = ["twice"]"#)
        + &route("never", "event_types = [\"never\"]\nretry_count = 0");
    let gateway = Gateway::start(&config(&receiver, "backoff_base = 0.05\njitter = 1", &routes)).await;
    for status in [500, 502] {
        receiver.answer_once(status, &[]);
    }
    gateway.sender("in").send(r#"{"type":"twice"}"#).await.event_id();
    until("the third attempt", 3, async || receiver.count()).await;
    idle(&gateway.store).await;
    assert_eq!(receiver.count(), 3);
    assert!(gateway.store.newest_dead_letters(1).await.expect("Redis answers").is_empty());
    let gaps = gaps(&receiver.calls());
    assert!(gaps[0] >= 0.099 && gaps[1] >= 0.199, "jitter only adds: {gaps:?}");

    receiver.answer_once(500, &[]);
    gateway.sender("in").send(r#"{"type":"never"}"#).await.event_id();
    until("its only attempt", 4, async || receiver.count()).await;
    idle(&gateway.store).await;
    assert_eq!(receiver.count(), 4);
    let letters = gateway.store.newest_dead_letters(9).await.expect("Redis answers");
    assert_eq!((letters.len(), letters[0].text("attempts")), (1, "1"));
}

#[tokio::test]
async fn t4_a_handlers_retry_after_is_waited_for_instead() {
    let receiver = Receiver::start().await;
    // With this base the first retry would come two minutes later.
    let gateway = Gateway::start(&config(&receiver, "backoff_base = 60", &route("all", ""))).await;
    receiver.answer_once(503, &[("Retry-After", "1")]);
    receiver.answer_once(429, &[("Retry-After", "2")]);
    gateway.sender("in").send(BODY).await.event_id();
    until("the third attempt", 3, async || receiver.count()).await;
    assert_gaps(&receiver.calls(), &[1.0, 2.0]);
}

#[tokio::test]
async fn t5_a_handler_that_takes_longer_than_its_routes_timeout_has_failed_and_is_tried_again() {
    let receiver = Receiver::start().await;
    receiver.take_time(Duration::from_secs(30));
    let routes = route("slow", "event_types = [\"slow\"]\ntimeout = 0.5\nretry_count = 2")
        + &route("lost", "event_types = [\"lost\"]\ntimeout = 0.3\nretry_count = 1");
    let gateway = Gateway::start(&config(&receiver, "backoff_base = 0.05\njitter = 0", &routes)).await;
    gateway.sender("in").send(r#"{"type":"slow"}"#).await.event_id();
    until("a second attempt", 2, async || receiver.count()).await;
    let gap = gaps(&receiver.calls())[0];
    assert!((0.599..10.0).contains(&gap), "half a second of waiting and a tenth of pause, not {gap} s");
    receiver.take_time(Duration::ZERO);
    until("a third attempt", 3, async || receiver.count()).await;
    idle(&gateway.store).await;
    assert!(gateway.store.newest_dead_letters(1).await.expect("Redis answers").is_empty());

    receiver.take_time(Duration::from_secs(30));
    gateway.sender("in").send(r#"{"type":"lost"}"#).await.event_id();
    let letter = eventually("a dead letter", async || {
        gateway.store.newest_dead_letters(1).await.ok()?.into_iter().next()
    })
    .await;
    assert_eq!((letter.text("attempts"), letter.text("status")), ("2", ""));
    assert_eq!(letter.text("error"), "no answer within 0.3 s");
}
