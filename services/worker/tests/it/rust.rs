use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use event::Plan;
use serde_json::Value;
use worker::{Event, HandlerError, Registry};

use crate::harness::{Bench, event, plan};

const BILLING: &str = "[handlers.billing]\ntype = \"rust\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn registered_code_is_called_with_the_event() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = seen.clone();
    let registry = Registry::new().register("billing", move |event: Event| {
        let told = told.clone();
        async move {
            let body: Value = event.json()?;
            let name = body["name"].as_str().unwrap_or_default().to_owned();
            told.lock().unwrap().push((event.id().to_owned(), event.event_type().to_owned(), name));
            Ok(())
        }
    });
    let bench = Bench::new(BILLING).await;
    let worker = bench.worker_with(registry);
    bench.route(&event("one"), &plan("billing")).await;
    bench.until_idle().await;
    let expected = (event("one").id.to_string(), "invoice.paid".to_owned(), "one".to_owned());
    assert_eq!(*seen.lock().unwrap(), [expected]);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_tried_again_and_a_panic_too() {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = calls.clone();
    let registry = Registry::new().register("billing", move |event: Event| {
        let calls = counted.clone();
        async move {
            calls.fetch_add(1, Ordering::Relaxed);
            match event.attempt() {
                1 => Err(std::io::Error::other("the database is away"))?,
                2 => panic!("nobody expected this"),
                _ => Ok(()),
            }
        }
    });
    let bench = Bench::new(BILLING).await;
    let worker = bench.worker_with(registry.clone());
    bench.route(&event("one"), &plan("billing")).await;
    bench.until_idle().await;
    assert_eq!(calls.load(Ordering::Relaxed), 3);
    assert!(bench.store().dead_letters("-", 1).await.unwrap().letters.is_empty());
    bench.route(&event("two"), &Plan { retry_count: 1, ..plan("billing") }).await;
    assert_eq!(bench.dead_letter().await.text("error"), "the handler panicked: nobody expected this");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permanent_error_is_dead_at_once_and_an_endless_call_is_ended() {
    let registry = Registry::new().register("billing", |event: Event| async move {
        if event.event_type() == "invoice.paid" {
            return Err(HandlerError::permanent("no such customer"));
        }
        std::future::pending().await
    });
    let bench = Bench::new(BILLING).await;
    let worker = bench.worker_with(registry);
    bench.route(&event("one"), &plan("billing")).await;
    let letter = bench.dead_letter().await;
    assert_eq!((letter.text("reason"), letter.text("error")), ("refused", "no such customer"));
    bench.store().discard(&letter.id).await.unwrap();
    let endless = event::RawEvent { event_type: "other".to_owned(), ..event("two") };
    let plan = Plan { retry_count: 0, timeout: Duration::from_millis(200), ..plan("billing") };
    bench.route(&endless, &plan).await;
    assert_eq!(bench.dead_letter().await.text("error"), "no answer within 0.2 s");
    worker.stop().await;
}
