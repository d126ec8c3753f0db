use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use event::{Millis, Plan, Priority};
use tokio::sync::Semaphore;
use worker::{Event, Registry};

use crate::harness::{Bench, billing, event, plan, until};
use crate::receiver::{Answer, Receiver};

#[tokio::test(flavor = "multi_thread")]
async fn high_overtakes_a_backlog_of_low() {
    let receiver = Receiver::start();
    receiver.always(Answer::of(200).after(Duration::from_millis(20)));
    let bench = Bench::new(&format!("concurrency = 4\n{}", billing(&receiver.url()))).await;
    let of = |priority: Priority| Plan { priority, route: priority.to_string(), ..plan("billing") };
    for number in 0..60 {
        bench.route(&event(&format!("low{number}")), &of(Priority::Low)).await;
    }
    for number in 0..20 {
        bench.route(&event(&format!("high{number}")), &of(Priority::High)).await;
    }
    let worker = bench.worker();
    let received = receiver.wait_for(80).await;
    let routes: Vec<_> = received.iter().map(|one| one.header("hookstream-route")).collect();
    let last_high = routes.iter().rposition(|route| *route == "high").unwrap();
    let low_before = routes[..last_high].iter().filter(|route| **route == "low").count();
    // Twenty of high take a little more than one round of fifteen turns, of which low has one.
    assert!(low_before <= 8, "{low_before} of low came before the last of high: {routes:?}");
    bench.until_idle().await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_jobs_of_low_cannot_fill_every_slot() {
    let receiver = Receiver::start();
    receiver.always(Answer::of(200).after(Duration::from_secs(3)));
    let bench = Bench::new(&format!("concurrency = 10\n{}", billing(&receiver.url()))).await;
    let worker = bench.worker();
    let low = Plan { priority: Priority::Low, timeout: Duration::from_secs(10), ..plan("billing") };
    for number in 0..20 {
        bench.route(&event(&format!("low{number}")), &low).await;
    }
    receiver.wait_for(8).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(receiver.count(), 8, "two of ten slots are kept");
    let before = tokio::time::Instant::now();
    bench.route(&event("high"), &Plan { priority: Priority::High, ..low }).await;
    receiver.wait_for(9).await;
    assert!(before.elapsed() < Duration::from_secs(1), "{:?}", before.elapsed());
    worker.stop().await;
}

/// Those of the slow handler stand before the others in the same stream, more than there are slots.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_handlers_backlog_does_not_hold_up_the_others_and_comes_to_its_end() {
    let (slow, fast) = (Receiver::start(), Receiver::start());
    slow.always(Answer::of(200).after(Duration::from_millis(600)));
    let other = billing(&fast.url()).replace("billing]", "fast]");
    let bench = Bench::new(&format!("concurrency = 10\n{}{other}", billing(&slow.url()))).await;
    for number in 0..100 {
        bench.route(&event(&format!("slow{number}")), &plan("billing")).await;
    }
    for number in 0..20 {
        bench.route(&event(&format!("fast{number}")), &plan("fast")).await;
    }
    let worker = bench.worker();
    fast.wait_for(20).await;
    assert!(slow.count() < 50, "{} of the slow ones came first", slow.count());
    assert!(worker.counted("webhook_deferred_total{handler=\"billing\"}").await > 20.0);
    assert_eq!(worker.counted("webhook_deferred_total{handler=\"fast\"}").await, 0.0);
    bench.until_idle().await;
    let calls = slow.received();
    let ids: std::collections::BTreeSet<_> = calls.iter().map(|call| call.header("webhook-id")).collect();
    assert_eq!((calls.len(), ids.len()), (100, 100), "each once");
    assert!(
        calls.iter().all(|call| call.header("hookstream-attempt") == "1"),
        "to be put back is no attempt"
    );
    worker.stop().await;
}

/// With one handler there is nobody to leave room to: its jobs wait in their slots, and none is moved for nothing.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_handler_that_is_alone_no_job_is_put_back() {
    let receiver = Receiver::start();
    receiver.always(Answer::of(200).after(Duration::from_millis(300)));
    let handler = billing(&receiver.url()).replace("allow_private", "concurrency = 1\nallow_private");
    let bench = Bench::new(&format!("concurrency = 10\n{handler}")).await;
    for number in 0..12 {
        bench.route(&event(&number.to_string()), &plan("billing")).await;
    }
    let worker = bench.worker();
    bench.until_idle().await;
    assert_eq!(receiver.count(), 12);
    assert_eq!(worker.counted("webhook_deferred_total{handler=\"billing\"}").await, 0.0);
    worker.stop().await;
}

/// As long as it is fast, jobs are taken ahead of its calls; then it stands still.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_ahead_of_a_handler_that_stands_still_leaves_the_urgent_their_turn() {
    let (gate, now, most) =
        (Arc::new(Semaphore::new(200)), Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let (opened, under_way, at_most) = (gate.clone(), now.clone(), most.clone());
    let registry = Registry::new().register("billing", move |_: Event| {
        let (gate, now, most) = (gate.clone(), now.clone(), most.clone());
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            gate.acquire().await.map(tokio::sync::SemaphorePermit::forget)?;
            now.fetch_sub(1, Ordering::Relaxed);
            Ok(())
        }
    });
    let bench = Bench::new("concurrency = 10\n[handlers.billing]\ntype = \"rust\"\n").await;
    let normal = Plan { timeout: Duration::from_secs(30), ..plan("billing") };
    for number in 0..300 {
        bench.route(&event(&number.to_string()), &normal).await;
    }
    let worker = bench.worker_with(registry);
    let calls = async |count| {
        let stands_still = || opened.available_permits() == 0;
        until(async || stands_still() && under_way.load(Ordering::Relaxed) == count).await;
    };
    calls(8).await;
    bench.route(&event("high"), &Plan { priority: Priority::High, ..normal }).await;
    calls(9).await;
    // Each call that ends by itself takes a job out of hand, and no other in its place, until none is there ahead of a call.
    let eight_at_most = async || {
        opened.add_permits(1);
        let depths = bench.store().depths(Millis::now()).await.unwrap();
        depths.iter().any(|jobs| jobs.stream == "jobs:normal" && jobs.pending <= 8 && jobs.depth > 20)
    };
    until(eight_at_most).await;
    opened.add_permits(200);
    bench.until_idle().await;
    assert_eq!(at_most.load(Ordering::Relaxed), 9, "ten at once are allowed, eight of them to normal jobs");
    worker.stop().await;
}
