//! One Redis, several hash tags.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{ADMIN_TOKEN, Fleet, Receiver, ask, eventually, idle, redis_cli, run, until};

use super::{SECRET, config, four, missing, send_all, times};

const FOUR: &str = "partitions = 4";

async fn fleet(receiver: &Receiver, redis: &str) -> Fleet {
    let token = [("ADMIN_TOKEN", ADMIN_TOKEN.to_owned())];
    Fleet::prepare(&config(receiver, redis), &token).await
}

async fn lengths(fleet: &Fleet, key: &str) -> Vec<u64> {
    let mut lengths = Vec::new();
    for partition in 0..4 {
        let length = redis_cli(&fleet.redis.url(), &["XLEN", &format!("hs:{{{partition}}}:{key}")]).await;
        lengths.push(length.parse().expect("a number"));
    }
    lengths
}

#[tokio::test]
async fn events_are_spread_over_four_partitions_and_each_comes_through_once() {
    const EVENTS: usize = 200;
    let receiver = Receiver::start().await;
    let mut fleet = fleet(&receiver, FOUR).await;
    let ingress = fleet.start("ingress").await;
    let sender = fleet.sender(&ingress, "in");
    let (accepted, _) = send_all(&sender, 0..EVENTS).await;
    let waiting = lengths(&fleet, "events").await;
    assert!(waiting.iter().all(|length| (25..=75).contains(length)), "spread: {waiting:?}");
    // Sent again, it meets its mark, wherever that is.
    let body = "{}";
    let headers = sender.signed(body.as_bytes());
    let first = sender.post(body, headers.clone()).await.event_id();
    let again = sender.post(body, headers).await;
    assert_eq!((again.event_id(), again.headers.contains_key("idempotent-replayed")), (first, true));

    let mut rest = Vec::new();
    for service in ["router", "worker", "metrics"] {
        rest.push(fleet.start(service).await);
    }
    until("all are delivered", 0, async || missing(&receiver, &accepted)).await;
    idle(&fleet.store).await;
    assert!(times(&receiver).into_values().all(|times| times == 1));
    // Counted as one gateway's, whichever partition it was.
    until("the sum of all", json!(EVENTS + 1), async || {
        let (_, page) = ask(Method::GET, &format!("{}/metrics", ingress.url()), None).await;
        page["processing"]["delivered"].clone()
    })
    .await;
    for member in rest.iter_mut().map(|member| &mut member.program) {
        assert!(member.stop().success(), "{}", member.said());
    }
}

#[tokio::test]
async fn dead_letters_of_all_partitions_are_listed_paged_followed_replayed_and_discarded_as_one() {
    const EVENTS: usize = 24;
    let receiver = Receiver::start().await;
    receiver.answer_always(410);
    let mut fleet = fleet(&receiver, FOUR).await;
    let (ingress, _rest) = four(&mut fleet).await;
    let sender = fleet.sender(&ingress, "in");
    let (accepted, _) = send_all(&sender, 0..EVENTS).await;
    until("all are dead", EVENTS as u64, async || lengths(&fleet, "dead").await.iter().sum()).await;
    assert!(lengths(&fleet, "dead").await.iter().all(|length| *length > 0));

    // In pages, none twice and none left out, in the order of their times.
    let (mut cursor, mut ids, mut events) = (String::new(), Vec::new(), BTreeSet::new());
    loop {
        let url = format!("{}/admin/dead-letters?limit=7{cursor}", ingress.url());
        let (status, page) = ask(Method::GET, &url, None).await;
        assert_eq!(status, 200, "{page}");
        for letter in page["dead_letters"].as_array().expect("a list") {
            ids.push(letter["id"].as_str().expect("an id").to_owned());
            events.insert(letter["event_id"].as_str().expect("an id").to_owned());
        }
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!((ids.len(), &events), (EVENTS, &accepted));
    let place = |id: &String| stream::EntryId::parse(id).expect("an id");
    assert!(ids.is_sorted_by_key(place), "{ids:?}");
    let elsewhere = ids.iter().find(|id| id.ends_with("@3")).expect("one of the last partition").clone();

    // The command line knows all of them too, though nobody told it of partitions.
    let environment = [("REDIS_URL", fleet.redis.url())];
    let listed = command(&["dlq", "list", "--json"], &environment).await;
    assert_eq!(listed.iter().map(|letter| letter["id"].clone()).collect::<Vec<_>>(), ids);
    let shown = command(&["dlq", "show", &elsewhere, "--json"], &environment).await;
    let event = shown[0]["event_id"].as_str().expect("an id").to_owned();
    let life = command(&["events", "show", &event, "--json"], &environment).await;
    assert!(life.iter().any(|step| step["dead_letter"] == *elsewhere), "{life:?}");

    // Replayed in its own partition; the rest discarded.
    receiver.answer_always(200);
    let before = receiver.count();
    command(&["dlq", "replay", &elsewhere, "--json"], &environment).await;
    until("it is delivered", before + 1, async || receiver.count()).await;
    let url =
        format!("{}/admin/dead-letters/{}", ingress.url(), ids.iter().find(|id| **id != elsewhere).unwrap());
    assert_eq!(ask(Method::DELETE, &url, None).await.0, 204);
    assert_eq!(ask(Method::DELETE, &url, None).await.0, 404);
    let gone = command(&["dlq", "discard", "--all", "--yes", "--json"], &environment).await;
    assert_eq!(gone.len(), EVENTS - 2);
    idle(&fleet.store).await;
    assert_eq!(lengths(&fleet, "dead").await, [0; 4]);
}

/// The lines that a command says, as JSON.
async fn command(arguments: &[&str], environment: &[(&str, String)]) -> Vec<Value> {
    let out = run(arguments, environment).await;
    assert!(out.status.success(), "{arguments:?}: {out:?}");
    let text = String::from_utf8(out.stdout).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test]
async fn with_more_or_fewer_partitions_nothing_is_forgotten() {
    let receiver = Receiver::start().await;
    let mut fleet = fleet(&receiver, "").await;
    // One partition, then four, then two; nobody takes anything yet.
    let mut accepted = BTreeSet::new();
    for (round, redis) in ["", FOUR, "partitions = 2"].into_iter().enumerate() {
        std::fs::write(&fleet.config, config(&receiver, redis)).expect("a file");
        let mut ingress = fleet.start("ingress").await;
        let sender = fleet.sender(&ingress, "in");
        accepted.extend(send_all(&sender, round * 40..round * 40 + 40).await.0);
        if redis == FOUR {
            eventually("the others can know", async || {
                let seen = redis_cli(&fleet.redis.url(), &["SMEMBERS", "hs:{0}:partitions"]).await;
                seen.contains('4').then_some(())
            })
            .await;
        }
        assert!(ingress.program.stop().success());
    }
    let waiting = lengths(&fleet, "events").await;
    assert!(waiting.iter().all(|length| *length > 0) && waiting.iter().sum::<u64>() == 120, "{waiting:?}");
    // Services that know of two only.
    let (_ingress, rest) = four(&mut fleet).await;
    until("all are delivered", 0, async || missing(&receiver, &accepted)).await;
    idle(&fleet.store).await;
    assert_eq!(lengths(&fleet, "events").await, [0; 4]);
    assert!(times(&receiver).into_values().all(|times| times == 1));
    eventually("the log says so", async || rest[0].program.said().contains("once went to 4").then_some(()))
        .await;
    assert!(!rest[0].program.said().contains(SECRET));
}
