//! M1: the JSON page.

use serde_json::{Value, json};
use tests::{Fleet, Member, Receiver, eventually, until};

use super::{THING, config, send_badly};

#[tokio::test]
async fn m1_the_json_page_sums_over_two_ingresses_and_keeps_its_sums_over_a_restart_of_everything() {
    let receiver = Receiver::start().await;
    let mut fleet = Fleet::prepare(&config(&receiver, ""), &[]).await;
    let mut all = Vec::new();
    for service in ["ingress", "ingress", "router", "worker", "metrics"] {
        all.push(fleet.start(service).await);
    }
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
    let mut wanted = json!({
        "requests": { "total": 11, "success": 8, "failed": 3, "success_rate": 800.0 / 11.0 },
        "security": { "signature_failures": 2, "rate_limit_hits": 1, "blocked_addresses": 0 },
        "processing": { "delivered": 7, "retried": 1, "dead": 1 },
        "endpoints": {
            "in": { "total": 8, "success": 6, "failed": 2, "success_rate": 75.0, "signature_failures": 2, "rate_limit_hits": 0 },
            "few": { "total": 3, "success": 2, "failed": 1, "success_rate": 200.0 / 3.0, "signature_failures": 0, "rate_limit_hits": 1 },
        },
    });
    for member in &all[..4] {
        until("the sum is shown by every service", wanted.clone(), async || counts(member).await).await;
    }
    for member in &mut all {
        assert!(member.program.stop().success(), "{}", member.program.said());
    }
    let (ingress, _metrics) = (fleet.start("ingress").await, fleet.start("metrics").await);
    assert_eq!(counts(&ingress).await, wanted);
    fleet.sender(&ingress, "in").send(THING).await.event_id();
    wanted["requests"] = json!({ "total": 12, "success": 9, "failed": 3, "success_rate": 75.0 });
    wanted["endpoints"]["in"]["total"] = json!(9);
    wanted["endpoints"]["in"]["success"] = json!(7);
    wanted["endpoints"]["in"]["success_rate"] = json!(700.0 / 9.0);
    until("the next is added", wanted, async || counts(&ingress).await).await;
    queues_and_times(&ingress).await;
}

/// No router runs: an event waits, and so does the dead letter.
async fn queues_and_times(ingress: &Member) {
    let page = json_page(ingress).await;
    assert!(
        page["requests"]["avg_response_time"].as_f64().is_some_and(|time| time > 0.0 && time < 10.0),
        "{page}"
    );
    assert!(page["endpoints"]["few"]["avg_response_time"].as_f64().is_some_and(|time| time > 0.0), "{page}");
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
