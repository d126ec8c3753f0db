use std::time::Duration;

use event::Plan;

use crate::harness::{Bench, billing, event, plan, until};
use crate::receiver::{Answer, Received, Receiver};

fn gaps(received: &[Received]) -> Vec<Duration> {
    received.windows(2).map(|pair| pair[1].at - pair[0].at).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_delivery_is_made_again_with_the_same_webhook_id() {
    let receiver = Receiver::start();
    receiver.answer([Answer::of(500), Answer::of(302).with("location", "/elsewhere")]);
    let bench = Bench::new(&billing(&receiver.url())).await;
    let worker = bench.worker();
    bench.route(&event("one"), &plan("billing")).await;

    let received = receiver.wait_for(3).await;
    bench.until_idle().await;
    let ids: Vec<_> = received.iter().map(|one| one.header("webhook-id")).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let attempts: Vec<_> = received.iter().map(|one| one.header("hookstream-attempt")).collect();
    assert_eq!(attempts, ["1", "2", "3"]);
    let gaps = gaps(&received);
    // 0.1 s · 2^n, never sooner.
    assert!(gaps[0] >= Duration::from_millis(200) && gaps[1] >= Duration::from_millis(400), "{gaps:?}");
    let route = "{route=\"process.payments\"}";
    until(|| async { worker.counted(&format!("webhook_retries_total{route}")).await == 2.0 }).await;
    assert!(bench.store().dead_letters("-", 1).await.unwrap().letters.is_empty());
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_last_retry_it_is_a_dead_letter_that_says_everything() {
    let receiver = Receiver::start();
    receiver.always(Answer::of(503).saying("database\nis down"));
    let bench = Bench::new(&billing(&receiver.url())).await;
    let worker = bench.worker();
    let event = event("one");
    bench.route(&event, &plan("billing")).await;

    let letter = bench.dead_letter().await;
    for (name, value) in [
        ("event_id", event.id.as_str()),
        ("job", &format!("{}:process.payments", event.id)),
        ("endpoint", "payments"),
        ("source", "stripe"),
        ("event_type", "invoice.paid"),
        ("route", "process.payments"),
        ("handler", "billing"),
        ("attempts", "3"),
        ("error", "the handler answered 503: database is down"),
        ("status", "503"),
        ("reason", "exhausted"),
        ("headers", "[[\"user-agent\",\"Stripe/1.0\"]]"),
        ("body", "{\"name\": \"one\"}"),
        ("trace", &event.trace),
    ] {
        assert_eq!(letter.text(name), value, "{name}");
    }
    let at = |name| letter.text(name).parse::<u64>().unwrap();
    assert!(at("first_at") >= event.received_at.0 && at("last_at") >= at("first_at") + 600);
    assert!(bench.is_idle().await);
    assert_eq!(receiver.count(), 3);
    let dead = "webhook_dead_letters_total{reason=\"exhausted\",route=\"process.payments\"}";
    until(|| async { worker.counted(dead).await == 1.0 }).await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gone_and_refused_are_dead_at_once_but_not_what_the_route_retries() {
    let receiver = Receiver::start();
    let bench = Bench::new(&billing(&receiver.url())).await;
    let worker = bench.worker();
    for (status, reason) in [(410, "gone"), (404, "refused")] {
        receiver.answer([Answer::of(status)]);
        bench.route(&event(reason), &plan("billing")).await;
        let letter = bench.dead_letter().await;
        assert_eq!((letter.text("reason"), letter.text("attempts")), (reason, "1"));
        assert_eq!(letter.text("status"), status.to_string());
        bench.store().discard(&letter.id).await.unwrap();
    }
    receiver.answer([Answer::of(404)]);
    bench.route(&event("retried"), &Plan { retry_on: vec![404], ..plan("billing") }).await;
    receiver.wait_for(4).await;
    bench.until_idle().await;
    assert!(bench.store().dead_letters("-", 1).await.unwrap().letters.is_empty());
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_after_is_waited_for() {
    let receiver = Receiver::start();
    receiver.answer([Answer::of(429).with("retry-after", "1"), Answer::of(503).with("retry-after", "0")]);
    let bench = Bench::new(&billing(&receiver.url())).await;
    let worker = bench.worker();
    bench.route(&event("one"), &plan("billing")).await;
    let gaps = gaps(&receiver.wait_for(3).await);
    assert!(gaps[0] >= Duration::from_secs(1), "{gaps:?}");
    // Zero seconds, where the backoff would have been 0.4.
    assert!(gaps[1] < Duration::from_millis(400), "{gaps:?}");
    bench.until_idle().await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_takes_too_long_is_tried_again() {
    let receiver = Receiver::start();
    receiver.answer([Answer::of(200).after(Duration::from_secs(5))]);
    let bench = Bench::new(&billing(&receiver.url())).await;
    let worker = bench.worker();
    bench.route(&event("slow"), &Plan { retry_count: 0, ..plan("billing") }).await;
    let letter = bench.dead_letter().await;
    assert_eq!(letter.text("error"), "no answer within 0.7 s");
    assert_eq!(letter.text("status"), "");
    bench.route(&event("quick"), &plan("billing")).await;
    receiver.wait_for(2).await;
    bench.until_idle().await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_nobody_knows_is_named_in_the_dead_letter() {
    let bench = Bench::new("[handlers.other]\ntype = \"log\"\n").await;
    let worker = bench.worker();
    bench.route(&event("one"), &plan("billing")).await;
    let letter = bench.dead_letter().await;
    assert_eq!(letter.text("reason"), "unknown_handler");
    assert!(letter.text("error").contains("`billing`"));
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_an_event_hears_of_its_end() {
    let receiver = Receiver::start();
    receiver.answer([Answer::of(500), Answer::of(204)]);
    let bench = Bench::new(&billing(&receiver.url())).await;
    let worker = bench.worker();
    let event = event::RawEvent { awaited: true, ..event("one") };
    bench.route(&event, &plan("billing")).await;
    let results = bench.store().await_results(&event.id, 1, Duration::from_secs(20)).await.unwrap();
    assert_eq!(
        (results[0].outcome.as_str(), results[0].status, results[0].attempts),
        ("delivered", Some(204), 2)
    );
    worker.stop().await;
}
