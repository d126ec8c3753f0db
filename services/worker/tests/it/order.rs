use std::time::Duration;

use event::{Plan, Priority};

use crate::harness::{Bench, billing, event, plan};
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
    let urgent = Receiver::start();
    let other = billing(&urgent.url()).replace("billing]", "urgent]");
    let bench = Bench::new(&format!("concurrency = 10\n{}{other}", billing(&receiver.url()))).await;
    let worker = bench.worker();
    let low = Plan { priority: Priority::Low, timeout: Duration::from_secs(10), ..plan("billing") };
    for number in 0..20 {
        bench.route(&event(&format!("low{number}")), &low).await;
    }
    receiver.wait_for(8).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(receiver.count(), 8, "two of ten slots are kept");
    let before = tokio::time::Instant::now();
    bench.route(&event("high"), &Plan { priority: Priority::High, ..plan("urgent") }).await;
    urgent.wait_for(1).await;
    assert!(before.elapsed() < Duration::from_secs(1), "{:?}", before.elapsed());
    worker.stop().await;
}
