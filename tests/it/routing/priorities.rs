//! T3: what is urgent comes first.

use std::time::Duration;

use serde_json::json;
use tests::{ADMIN_TOKEN, Fleet, Gateway, Receiver, until};

use super::{config, route};

const PRIORITIES: [&str; 4] = ["low", "normal", "high", "critical"];

fn routes() -> String {
    PRIORITIES.map(|name| route(name, &format!("event_types = [\"{name}\"]\npriority = \"{name}\""))).concat()
}

fn body(priority: &str) -> String {
    json!({ "type": priority }).to_string()
}

#[tokio::test]
async fn t3_a_high_priority_event_overtakes_a_backlog_of_low_ones() {
    const BACKLOG: usize = 100;
    let receiver = Receiver::start().await;
    receiver.take_time(Duration::from_millis(100));
    let gateway = Gateway::start(&config(&receiver, "concurrency = 4", &routes())).await;
    let sender = gateway.sender("in");
    for _ in 0..BACKLOG {
        sender.send(&body("low")).await.event_id();
    }
    let before = receiver.count();
    assert!(before < BACKLOG / 2, "there is a backlog");
    sender.send(&body("high")).await.event_id();
    until("all are delivered", BACKLOG + 1, async || receiver.count()).await;
    let place = receiver.calls().iter().position(|call| call.header("hookstream-route") == "high");
    let place = place.expect("it was delivered");
    // Those under way are not broken off, and a few more may begin while it is routed.
    assert!(
        place <= before + 20,
        "{before} of {BACKLOG} were called before it was sent, {place} before it was"
    );
}

#[tokio::test]
async fn t3_a_worker_that_finds_all_four_streams_full_empties_the_urgent_ones_first() {
    const EACH: usize = 15;
    let receiver = Receiver::start().await;
    let config = config(&receiver, "concurrency = 4", &routes());
    let mut fleet = Fleet::prepare(&config, &[("ADMIN_TOKEN", ADMIN_TOKEN.to_owned())]).await;
    let ingress = fleet.start("ingress").await;
    let _router = fleet.start("router").await;
    let sender = fleet.sender(&ingress, "in");
    for _ in 0..EACH {
        for priority in PRIORITIES {
            sender.send(&body(priority)).await.event_id();
        }
    }
    until("all are routed", (EACH * 4) as u64, async || {
        let depths = fleet.store.depths(event::Millis::now()).await.expect("Redis answers");
        depths.iter().filter(|depth| depth.stream.starts_with("jobs:")).map(|depth| depth.depth).sum::<u64>()
    })
    .await;
    receiver.take_time(Duration::from_millis(20));
    let _worker = fleet.start("worker").await;
    until("all are delivered", EACH * 4, async || receiver.count()).await;
    let calls = receiver.calls();
    let mean = |priority: &str| {
        let places = calls.iter().enumerate().filter(|(_, call)| call.header("hookstream-route") == priority);
        places.map(|(place, _)| place).sum::<usize>() / EACH
    };
    let means = PRIORITIES.map(mean);
    assert!(means.is_sorted_by(|less, more| less > more), "mean places of {PRIORITIES:?}: {means:?}");
}
