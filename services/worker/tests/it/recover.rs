use std::time::Duration;

use event::{Job, Priority};
use stream::{Group, Reader};

use crate::harness::{Bench, billing, event, plan, until};
use crate::receiver::{Answer, Receiver};

/// A worker of this name takes one job and is never heard of again.
async fn take_and_die(bench: &Bench) {
    let reader = Reader::new(bench.store().clone(), Group::Work, "worker", Duration::from_millis(100));
    let taken = reader.claim(Priority::ALL, 1).await.unwrap();
    assert_eq!(taken.len(), 1);
}

/// Another takes what a dead one left, and dies too.
async fn take_over_and_die(bench: &Bench) {
    let reader = Reader::new(bench.store().clone(), Group::Work, "worker", Duration::from_millis(100));
    let mut scan = stream::Reclaim::after(Duration::from_millis(1));
    let stream = bench.store().keys().jobs(Priority::Normal);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let taken = scan.step::<Job>(&reader, &stream, 10).await.unwrap();
    assert_eq!(taken.deliveries.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_process_had_in_hand_when_it_was_killed_is_delivered_by_another() {
    let receiver = Receiver::start();
    receiver.answer([Answer::of(200).after(Duration::from_secs(20))]);
    let bench = Bench::new(&billing(&receiver.url())).await;
    let mut killed = bench.process(&[]);
    let plan = event::Plan { timeout: Duration::from_secs(30), ..plan("billing") };
    bench.route(&event("one"), &plan).await;
    receiver.wait_for(1).await;
    killed.kill().await.unwrap();
    let worker = bench.worker();
    let received = receiver.wait_for(2).await;
    assert_eq!(received[0].header("webhook-id"), received[1].header("webhook-id"));
    bench.until_idle().await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_spends_no_attempt_and_is_counted() {
    let receiver = Receiver::start();
    let bench = Bench::new(&billing(&receiver.url())).await;
    bench.route(&event("one"), &plan("billing")).await;
    take_and_die(&bench).await;
    let worker = bench.worker();
    let received = receiver.wait_for(1).await.remove(0);
    assert_eq!(received.header("hookstream-attempt"), "1", "a crash spends no attempt");
    bench.until_idle().await;
    until(|| async { worker.counted("webhook_reclaimed_total{service=\"worker\"}").await == 1.0 }).await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_ends_its_workers_is_set_aside_unattempted() {
    let receiver = Receiver::start();
    let bench = Bench::new(&billing(&receiver.url())).await;
    bench.route(&event("one"), &plan("billing")).await;
    take_and_die(&bench).await;
    take_over_and_die(&bench).await;
    let worker = bench.worker();
    let letter = bench.dead_letter().await;
    assert_eq!(letter.text("reason"), "poison");
    assert_eq!(letter.text("event_id"), event("one").id.as_str());
    assert_eq!(receiver.count(), 0);
    let dead = "webhook_dead_letters_total{reason=\"poison\",route=\"process.payments\"}";
    until(|| async { worker.counted(dead).await == 1.0 }).await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_cannot_be_read_is_set_aside_and_holds_nothing_up() {
    let receiver = Receiver::start();
    let bench = Bench::new(&billing(&receiver.url())).await;
    let stream = bench.store().keys().jobs(Priority::Normal);
    bench.store().append(&stream, &[("junk", b"\xff")]).await.unwrap();
    bench.route(&event("one"), &plan("billing")).await;
    let worker = bench.worker();
    receiver.wait_for(1).await;
    let letter = bench.dead_letter().await;
    assert_eq!(letter.text("reason"), "malformed");
    assert_eq!(letter.bytes("junk"), Some(&b"\xff"[..]));
    bench.until_idle().await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_longer_than_the_lease_is_not_made_twice() {
    let receiver = Receiver::start();
    receiver.always(Answer::of(200).after(Duration::from_millis(3500)));
    let bench = Bench::new(&billing(&receiver.url())).await;
    let (one, other) = (bench.worker(), bench.worker());
    let plan = event::Plan { timeout: Duration::from_secs(10), ..plan("billing") };
    bench.route(&event("one"), &plan).await;
    receiver.wait_for(1).await;
    bench.until_idle().await;
    assert_eq!(receiver.count(), 1);
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_in_hand_while_redis_is_away_for_longer_than_the_lease_is_not_made_twice() {
    let receiver = Receiver::start();
    receiver.always(Answer::of(200).after(Duration::from_secs(5)));
    let mut bench = Bench::new(&billing(&receiver.url())).await;
    let worker = bench.worker();
    let plan = event::Plan { timeout: Duration::from_secs(10), ..plan("billing") };
    bench.route(&event("one"), &plan).await;
    receiver.wait_for(1).await;
    bench.kill_redis().await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    bench.revive_redis().await;
    bench.until_idle().await;
    assert_eq!(receiver.count(), 1);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_is_broken_off_when_another_worker_takes_the_job_over() {
    let receiver = Receiver::start();
    receiver.always(Answer::of(200).after(Duration::from_secs(20)));
    let bench = Bench::new(&billing(&receiver.url())).await;
    let worker = bench.worker();
    let plan = event::Plan { timeout: Duration::from_secs(30), ..plan("billing") };
    bench.route(&event("one"), &plan).await;
    receiver.wait_for(1).await;
    take_over_and_die(&bench).await;
    let before = tokio::time::Instant::now();
    // One renewal, and not yet the lease after which we would take it back.
    tokio::time::sleep(Duration::from_millis(600)).await;
    worker.stop().await;
    assert!(before.elapsed() < Duration::from_secs(5), "nothing was in hand any more");
    assert!(!bench.is_idle().await, "and the job is the other's to settle");
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_that_redis_has_lost_are_made_again() {
    let receiver = Receiver::start();
    let bench = Bench::new(&billing(&receiver.url())).await;
    let worker = bench.worker();
    bench.route(&event("one"), &plan("billing")).await;
    receiver.wait_for(1).await;
    bench.until_idle().await;
    bench.forget_everything().await;
    bench.store().ensure_groups().await.unwrap();
    bench.route(&event("two"), &plan("billing")).await;
    receiver.wait_for(2).await;
    bench.until_idle().await;
    worker.stop().await;
}
