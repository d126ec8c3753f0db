//! Workers whose clocks are an hour off: times of retries and leases are Redis' own.

use std::time::{Duration, SystemTime};

use tests::{Fleet, Member, Receiver, idle, until};

const SHIFTS: [&str; 2] = ["+1h", "-1h"];

async fn fleet(receiver: &Receiver) -> (Fleet, [Member; 2]) {
    let config = format!(
        "[redis]\nlease = 1.5\n[worker]\nbackoff_base = 0.5\njitter = 0\n\
         [[endpoints]]\nid = \"in\"\nprovider = \"custom\"\nsecrets = [\"clocks_0123456789\"]\n\
         signature = {{ header = \"X-Webhook-Signature\", id_header = \"X-Webhook-Id\" }}\n\
         [[routes]]\nname = \"all\"\nhandler = \"out\"\ntimeout = 1.4\n\
         [handlers.out]\ntype = \"http\"\nurl = \"{}\"\nallow_private = true\ntimeout = 1.4\n\
         signing_secret = \"clocks_9876543210_clocks\"\n",
        receiver.url()
    );
    let mut fleet = Fleet::prepare(&config, &[]).await;
    let others = [fleet.start("ingress").await, fleet.start("router").await];
    (fleet, others)
}

/// A worker whose wall clock is so far off; its timers run as they should.
async fn worker(fleet: &mut Fleet, shift: &str) -> Member {
    let folders = std::fs::read_dir("/usr/lib").expect("libraries").filter_map(Result::ok);
    let mut found = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    let library =
        found.find(|file| file.exists()).expect("libfaketime; `make test` installs what is missing");
    let environment = [
        ("LD_PRELOAD", library.display().to_string()),
        ("FAKETIME", shift.to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ];
    let mut worker = fleet.launch_with("worker", &environment);
    worker.ready().await;
    worker
}

#[tokio::test]
async fn a_retry_waits_as_long_as_it_should_though_its_workers_clock_is_an_hour_off() {
    let receiver = Receiver::start().await;
    let (mut fleet, [ingress, _router]) = fleet(&receiver).await;
    for (round, shift) in SHIFTS.into_iter().enumerate() {
        let mut worker = worker(&mut fleet, shift).await;
        receiver.answer_once(503, &[]);
        fleet.sender(&ingress, "in").send(r#"{"type":"x"}"#).await.event_id();
        until("it is tried again", 2 * (round + 1), async || receiver.count()).await;
        idle(&fleet.store).await;
        let calls = receiver.calls()[2 * round..].to_vec();
        let wait = calls[1].at - calls[0].at;
        assert!((Duration::from_secs(1)..Duration::from_secs(10)).contains(&wait), "{shift}: {wait:?}");
        // What the worker says itself shows that its clock is off.
        let told: i64 = calls[0].header("webhook-timestamp").parse().expect("seconds");
        let since = SystemTime::UNIX_EPOCH.elapsed().expect("a clock after 1970").as_secs();
        let off = told - i64::try_from(since).expect("a sane clock");
        assert!((3500..3700).contains(&off.abs()) && (off > 0) == shift.starts_with('+'), "{shift}: {off}");
        assert!(worker.program.stop().success(), "{}", worker.program.said());
    }
}

#[tokio::test]
async fn no_worker_takes_anothers_jobs_though_their_clocks_are_two_hours_apart() {
    const EVENTS: usize = 8;
    let receiver = Receiver::start().await;
    // Most of a lease: two thirds of each call are beyond the first renewal.
    receiver.take_time(Duration::from_millis(1300));
    let (mut fleet, [ingress, _router]) = fleet(&receiver).await;
    let _workers = [worker(&mut fleet, SHIFTS[0]).await, worker(&mut fleet, SHIFTS[1]).await];
    let sender = fleet.sender(&ingress, "in");
    for _ in 0..EVENTS {
        sender.send(r#"{"type":"x"}"#).await.event_id();
    }
    until("each is delivered", EVENTS, async || receiver.count()).await;
    idle(&fleet.store).await;
    assert_eq!(receiver.count(), EVENTS);
}
