//! M1: the JSON page.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{ADMIN_TOKEN, Fleet, Member, Receiver, ask, eventually, until};

use super::{THING, config, send_badly};

#[tokio::test]
async fn m1_the_json_page_sums_over_two_ingresses_and_keeps_its_sums_over_a_restart_of_everything() {
    let receiver = Receiver::start().await;
    let environment = [("ADMIN_TOKEN", ADMIN_TOKEN.to_owned())];
    let mut fleet = Fleet::prepare(&config(&receiver, ""), &environment).await;
    let mut all = Vec::new();
    for service in ["ingress", "ingress", "router", "worker", "metrics"] {
        all.push(fleet.start(service).await);
    }
    let block = json!({ "ip": "203.0.113.9" });
    assert_eq!(ask(Method::POST, &format!("{}/admin/blocked", all[0].url()), Some(block)).await.0, 201);
    let began = Instant::now();
    // One attempt is repeated, and one event given up.
    receiver.answer_once(500, &[]);
    receiver.answer_once(410, &[]);
    for ingress in &all[..2] {
        for _ in 0..3 {
            fleet.sender(ingress, "in").send(THING).await.event_id();
        }
        fleet.sender(ingress, "few").send(THING).await.event_id();
        send_badly(&fleet.sender(ingress, "in")).await;
    }
    let over = fleet.sender(&all[0], "few").send(THING).await;
    assert_eq!(over.code(), "rate_limited", "{over:?}");
    let sending = began.elapsed();
    for member in &all[..4] {
        until("the sum is shown by every service", wanted(2, 8), async || counts(member).await).await;
    }
    times(&json_page(&all[0]).await, sending);
    // What was counted just before a stop is not lost.
    send_badly(&fleet.sender(&all[0], "in")).await;
    for member in &mut all {
        assert!(member.program.stop().success(), "{}", member.program.said());
    }
    let (ingress, _metrics) = (fleet.start("ingress").await, fleet.start("metrics").await);
    assert_eq!(counts(&ingress).await, wanted(3, 8));
    fleet.sender(&ingress, "in").send(THING).await.event_id();
    until("the next is added", wanted(3, 9), async || counts(&ingress).await).await;
    queues(&ingress, began).await;
}

/// After so many bad signatures and successes.
fn wanted(bad: u64, success: u64) -> Value {
    let rate = |success: u64, failed: u64| success as f64 * 100.0 / (success + failed) as f64;
    json!({
        "requests": {
            "total": success + bad + 1, "success": success, "failed": bad + 1, "success_rate": rate(success, bad + 1),
        },
        "security": { "signature_failures": bad, "rate_limit_hits": 1, "blocked_addresses": 1 },
        "processing": { "delivered": 7, "retried": 1, "dead": 1 },
        "endpoints": {
            "in": {
                "total": success - 2 + bad, "success": success - 2, "failed": bad, "success_rate": rate(success - 2, bad),
                "signature_failures": bad, "rate_limit_hits": 0,
            },
            "few": {
                "total": 3, "success": 2, "failed": 1, "success_rate": rate(2, 1),
                "signature_failures": 0, "rate_limit_hits": 1,
            },
        },
    })
}

/// In seconds. Requests were sent one after the other: answering took no longer than sending.
fn times(page: &Value, sending: Duration) {
    for of in [&page["requests"], &page["endpoints"]["few"]] {
        let [time, count] = ["avg_response_time", "total"].map(|what| of[what].as_f64().unwrap_or_default());
        assert!(time > 0.0 && time * count <= sending.as_secs_f64(), "within {sending:?}: {page}");
    }
}

/// No router runs: an event waits, and so does the dead letter. Nothing is older than the test.
async fn queues(ingress: &Member, began: Instant) {
    let page = json_page(ingress).await;
    let queues = page["queues"].as_object().expect("queues");
    for stream in
        ["events", "jobs:critical", "jobs:high", "jobs:normal", "jobs:low", "retry", "dead", "archive"]
    {
        let waiting = i32::from(matches!(stream, "events" | "dead"));
        assert_eq!(
            (&queues[stream]["depth"], &queues[stream]["pending"]),
            (&json!(waiting), &json!(0)),
            "{stream}"
        );
        let lag = queues[stream]["lag_seconds"].as_f64().expect("a time");
        assert!(lag <= began.elapsed().as_secs_f64() && (lag > 0.0) == (waiting == 1), "{stream}: {lag}");
    }
    eventually("the event's age grows", async || {
        let lag = json_page(ingress).await["queues"]["events"]["lag_seconds"].as_f64()?;
        (lag > queues["events"]["lag_seconds"].as_f64()?).then_some(())
    })
    .await;
}

async fn json_page(member: &Member) -> Value {
    let answer = reqwest::get(format!("{}/metrics", member.url())).await.expect("the service answers");
    answer.json().await.expect("JSON")
}

/// The page without what depends on the clock.
async fn counts(member: &Member) -> Value {
    let mut page = json_page(member).await;
    let endpoints = page["endpoints"].as_object_mut().expect("endpoints").values_mut();
    for place in endpoints.filter_map(Value::as_object_mut) {
        place.remove("avg_response_time");
    }
    page["requests"].as_object_mut().expect("requests").remove("avg_response_time");
    page.as_object_mut().expect("an object").remove("queues");
    page
}
