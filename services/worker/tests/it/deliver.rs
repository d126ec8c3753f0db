use event::Millis;
use signature::{Secret, standard_webhooks};

use crate::harness::{Bench, billing, event, plan};
use crate::receiver::{Answer, Receiver};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_delivered_to_the_byte_with_every_header_and_a_right_signature() {
    let receiver = Receiver::start();
    let bench = Bench::new(&billing(&receiver.url())).await;
    let worker = bench.worker();
    let event = event("one");
    bench.route(&event, &plan("billing")).await;

    let received = receiver.wait_for(1).await.remove(0);
    assert_eq!(received.body, event.body.bytes);
    let id = format!("{}:process%2Epayments", event.id);
    for (name, value) in [
        ("content-type", "application/json; charset=utf-8"),
        ("webhook-id", &id),
        ("traceparent", &event.trace),
        ("hookstream-event-id", event.id.as_str()),
        ("hookstream-event-type", "invoice.paid"),
        ("hookstream-source", "stripe"),
        ("hookstream-endpoint", "payments"),
        ("hookstream-route", "process.payments"),
        ("hookstream-attempt", "1"),
        ("x-team", "billing"),
        ("user-agent", concat!("hookstream/", env!("CARGO_PKG_VERSION"))),
    ] {
        assert_eq!(received.header(name), value, "{name}");
    }
    let timestamp: i64 = received.header("webhook-timestamp").parse().unwrap();
    assert!((Millis::now().seconds() - timestamp).abs() < 30);
    let secret = Secret::new("whsec_AAECAwQFBgcICQoLDA0ODw==").unwrap();
    let signature = standard_webhooks::sign(&secret, &id, timestamp, &event.body.bytes);
    assert_eq!(received.header("webhook-signature"), signature);

    bench.until_idle().await;
    let route = "route=\"process.payments\"";
    crate::harness::until(|| async {
        worker.counted(&format!("webhook_deliveries_total{{outcome=\"delivered\",{route}}}")).await == 1.0
    })
    .await;
    assert_eq!(worker.counted("webhook_delivery_seconds_count").await, 1.0);
    assert_eq!(worker.counted("webhook_end_to_end_seconds_count").await, 1.0);
    assert_eq!(receiver.count(), 1);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_serves_again_whatever_was_answered() {
    let receiver = Receiver::start();
    receiver.answer([Answer::of(500).saying(&"x".repeat(60_000)), Answer::of(200).saying("thanks")]);
    let bench = Bench::new(&billing(&receiver.url())).await;
    let worker = bench.worker();
    for number in 0..5 {
        bench.route(&event(&number.to_string()), &plan("billing")).await;
        bench.until_idle().await;
    }
    let received = receiver.wait_for(6).await;
    assert!(received.iter().all(|one| one.from == received[0].from), "{received:?}");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_without_a_trace_gets_one_of_its_own() {
    let receiver = Receiver::start();
    receiver.answer([Answer::of(500)]);
    let bench = Bench::new(&billing(&receiver.url())).await;
    let worker = bench.worker();
    bench.route(&event::RawEvent { trace: String::new(), ..event("one") }, &plan("billing")).await;
    let received = receiver.wait_for(2).await;
    let trace = |place: usize| received[place].header("traceparent")[..36].to_owned();
    assert!(trace(0).starts_with("00-") && trace(0) == trace(1), "{} {}", trace(0), trace(1));
    bench.until_idle().await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_handler_adds_a_readable_entry() {
    let bench = Bench::new("[handlers.warehouse]\ntype = \"stream\"\nstream = \"my:events\"\n").await;
    let worker = bench.worker();
    let event = event("one");
    bench.route(&event, &plan("warehouse")).await;
    bench.until_idle().await;

    let entries = bench.entries("my:events").await;
    let field = |name: &str| entries[0].get(name).map(|value| String::from_utf8(value.clone()).unwrap());
    assert_eq!(entries.len(), 1);
    for (name, value) in [
        ("event_id", event.id.as_str()),
        ("event_type", "invoice.paid"),
        ("source", "stripe"),
        ("endpoint", "payments"),
        ("route", "process.payments"),
        ("attempt", "1"),
        ("content_type", "application/json; charset=utf-8"),
        ("trace", &event.trace),
        ("body", "{\"name\": \"one\"}"),
    ] {
        assert_eq!(field(name).as_deref(), Some(value), "{name}");
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_configuration_moves_the_next_delivery_without_a_restart() {
    let (old, new) = (Receiver::start(), Receiver::start());
    let bench = Bench::new(&billing(&old.url())).await;
    let worker = bench.worker();
    bench.route(&event("one"), &plan("billing")).await;
    old.wait_for(1).await;
    bench.configure(&billing(&new.url()));
    worker.context.live.reload().unwrap();
    bench.route(&event("two"), &plan("billing")).await;
    new.wait_for(1).await;
    bench.until_idle().await;
    assert_eq!((old.count(), new.count()), (1, 1));
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_work_in_hand_finish_and_takes_nothing_new() {
    let receiver = Receiver::start();
    receiver.always(Answer::of(200).after(std::time::Duration::from_millis(400)));
    let bench = Bench::new(&billing(&receiver.url())).await;
    let worker = bench.worker();
    bench.route(&event("one"), &plan("billing")).await;
    receiver.wait_for(1).await;
    let stopping = tokio::spawn(worker.stop());
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    stopping.await.unwrap();
    assert!(bench.is_idle().await, "the job in hand was settled before the end");
    bench.route(&event("two"), &plan("billing")).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(receiver.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_may_come_later_than_the_worker_and_go_in_between() {
    let receiver = Receiver::start();
    let mut bench = Bench::new(&billing(&receiver.url())).await;
    bench.kill_redis().await;
    let worker = bench.worker();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    bench.revive_redis().await;
    bench.route(&event("one"), &plan("billing")).await;
    receiver.wait_for(1).await;
    bench.until_idle().await;
    bench.kill_redis().await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    bench.revive_redis().await;
    bench.route(&event("two"), &plan("billing")).await;
    receiver.wait_for(2).await;
    bench.until_idle().await;
    worker.stop().await;
}
