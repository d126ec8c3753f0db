//! What nobody plans for: a job that ends its workers, a Redis that has lost everything, the same event everywhere at
//! once.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use futures_util::future::join_all;
use tests::{Answer, Fleet, Member, Receiver, eventually, idle, redis_cli, until};

fn config(receiver: &Receiver) -> String {
    format!(
        "[redis]\nlease = 1.5\n[worker]\npoison_after = 2\n\
         [[endpoints]]\nid = \"in\"\nprovider = \"custom\"\nsecrets = [\"surviving_0123456789\"]\n\
         signature = {{ header = \"X-Webhook-Signature\", id_header = \"X-Webhook-Id\" }}\n\
         rate_limit = {{ requests_per_minute = 0 }}\n\
         [[routes]]\nname = \"all\"\nhandler = \"out\"\ntimeout = 1\n\
         [handlers.out]\ntype = \"http\"\nurl = \"{}\"\nallow_private = true\ntimeout = 1\n",
        receiver.url()
    )
}

#[tokio::test]
async fn a_job_that_ends_its_workers_becomes_a_dead_letter_and_ends_no_more_of_them() {
    let receiver = Receiver::start().await;
    let mut fleet = Fleet::prepare(&config(&receiver), &[]).await;
    let (ingress, _router) = (fleet.start("ingress").await, fleet.start("router").await);
    let id = fleet.sender(&ingress, "in").send(r#"{"type":"x"}"#).await.event_id();
    let crash = [("HOOKSTREAM_CRASH_AT", "worker.complete.before".to_owned())];
    for nth in 1..=2 {
        let mut worker = fleet.launch_with("worker", &crash);
        let status =
            eventually("the worker dies", async || worker.program.wait(Duration::from_millis(5))).await;
        assert_eq!(status.signal(), Some(6), "{}", worker.program.said());
        until("it was called", nth, async || receiver.count()).await;
    }
    // It would die of it as well, were it to try.
    let mut worker = fleet.launch_with("worker", &crash);
    worker.ready().await;
    idle(&fleet.store).await;
    assert!(worker.program.is_running());
    let letters = fleet.store.dead_letters("-", 10).await.expect("Redis answers").letters;
    let told: Vec<_> =
        letters.iter().map(|letter| (letter.text("event_id"), letter.text("reason"))).collect();
    assert_eq!((told, receiver.count()), (vec![(id.as_str(), "poison")], 2));
}

#[tokio::test]
async fn after_redis_has_lost_everything_the_services_say_so_and_go_on() {
    let receiver = Receiver::start().await;
    let mut fleet = Fleet::prepare(&config(&receiver), &[]).await;
    let (ingress, router) = (fleet.start("ingress").await, fleet.start("router").await);
    let worker = fleet.start("worker").await;
    let sender = fleet.sender(&ingress, "in");
    sender.send(r#"{"type":"x"}"#).await.event_id();
    until("it is delivered", 1, async || receiver.count()).await;
    idle(&fleet.store).await;
    redis_cli(&fleet.redis.url(), &["FLUSHALL"]).await;
    redis_cli(&fleet.redis.url(), &["FUNCTION", "FLUSH"]).await;
    for _ in 0..20 {
        sender.send(r#"{"type":"x"}"#).await.event_id();
    }
    until("the groups are made again, and what came meanwhile is read", 21, async || receiver.count()).await;
    idle(&fleet.store).await;
    for member in [&router, &worker] {
        let alarms = member
            .program
            .said()
            .lines()
            .filter(|line| line.contains("NOGROUP") || line.contains("UNBLOCKED"))
            .count();
        // Whichever it hears first; and not for ever.
        assert!((1..10).contains(&alarms), "{}", member.program.said());
    }
}

#[tokio::test]
async fn fifty_at_the_same_instant_at_four_ingresses_are_one_event() {
    let receiver = Receiver::start().await;
    let mut fleet = Fleet::prepare(&config(&receiver), &[]).await;
    let mut ingresses: Vec<Member> = (0..4).map(|_| fleet.launch("ingress")).collect();
    for ingress in &mut ingresses {
        ingress.ready().await;
    }
    let (_router, _worker) = (fleet.start("router").await, fleet.start("worker").await);
    let senders: Vec<_> = ingresses.iter().map(|ingress| fleet.sender(ingress, "in")).collect();
    let body = r#"{"type":"x"}"#;
    let headers = senders[0].signed_as(body.as_bytes(), "the-same");
    let answers = join_all((0..50).map(|n| senders[n % 4].post(body, headers.clone()))).await;
    let first = answers.iter().filter(|answer| answer.header("idempotent-replayed").is_empty());
    assert_eq!(first.count(), 1, "one is accepted, and 49 hear that it was");
    let ids: Vec<String> = answers.iter().map(Answer::event_id).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    until("it is delivered", 1, async || receiver.count()).await;
    idle(&fleet.store).await;
    assert_eq!(receiver.count(), 1);
}
