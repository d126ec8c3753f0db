//! `hookstream top`.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::support::{Gateway, Place};

#[tokio::test]
async fn a_page_has_queues_workers_and_dead_letters_and_ends_where_nobody_watches() {
    let gateway = Gateway::start().await;
    gateway.dead("billing", "answered 503", b"{}").await;
    gateway.routed("billing", b"{}").await;
    let said = gateway.run(&["top", "--interval", "10ms"]).await.ended(0);
    for words in ["accepted", "jobs:normal", "test-", "billing  answered 503", "Newest of 1 dead letters"] {
        assert!(said.out.contains(words), "{words}: {said:?}");
    }
    assert!(!said.out.contains('\u{1b}'), "{said:?}");
    let said = gateway.run(&["top", "--json", "--interval", "10ms", "-n", "2"]).await.ended(0);
    let read = said.json();
    assert_eq!(read.len(), 2);
    let now = &read[1];
    assert_eq!(
        (&now["queues"]["jobs:high"]["depth"], &now["queues"]["dead"]["depth"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        now["rates"],
        json!({ "accepted": 0.0, "refused": 0.0, "delivered": 0.0, "retried": 0.0, "dead": 0.0 })
    );
    assert_eq!(now["dead_letters"][0]["error"], "answered 503");
    let workers = now["workers"].as_array().unwrap();
    assert!(workers.iter().all(|worker| worker["idle_seconds"].is_f64() && worker["pending"] == 0), "{now}");
    assert!(workers.len() >= 3, "two readers of events and one of jobs: {now}");
}

#[tokio::test]
async fn it_goes_on_as_often_as_it_was_told_to_until_it_is_stopped() {
    let gateway = Gateway::start().await;
    let mut command = gateway.place.command(&["top", "--json", "--interval", "20ms", "-n", "100000"]);
    let mut top = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(top.stdout.take().unwrap()).lines();
    for _ in 0..3 {
        let line = tokio::time::timeout(Duration::from_secs(20), lines.next_line()).await.unwrap().unwrap();
        assert!(line.unwrap().starts_with('{'));
    }
    let pid = rustix::process::Pid::from_raw(i32::try_from(top.id().unwrap()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert!(top.wait().await.unwrap().success());
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_not_reached() {
    let said = Place::new().run(&["top", "--redis-url", "redis://127.0.0.1:1"]).await.ended(3);
    assert!(said.err.contains("refused"), "{said:?}");
}
