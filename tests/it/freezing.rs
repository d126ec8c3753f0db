//! A worker stands still between taking a job and calling its handler, for longer than its lease, and wakes.

use rustix::process::Signal;
use tests::{Fleet, Member, Receiver, eventually, idle, redis_cli, until};

/// In seconds.
const LEASE: f64 = 1.5;

/// A worker that stands still before its first call, with its job in hand.
struct Scene {
    fleet: Fleet,
    receiver: Receiver,
    sleeper: Member,
    _others: [Member; 2],
}

// === impl Scene ===

impl Scene {
    async fn set() -> Self {
        let receiver = Receiver::start().await;
        let config = format!(
            "[redis]\nlease = {LEASE}\n\
             [[endpoints]]\nid = \"in\"\nprovider = \"custom\"\nsecrets = [\"freezing_0123456789\"]\n\
             signature = {{ header = \"X-Webhook-Signature\", id_header = \"X-Webhook-Id\" }}\n\
             [[routes]]\nname = \"all\"\nhandler = \"out\"\ntimeout = 1\n\
             [handlers.out]\ntype = \"http\"\nurl = \"{}\"\nallow_private = true\ntimeout = 1\n",
            receiver.url()
        );
        let mut fleet = Fleet::prepare(&config, &[]).await;
        let (ingress, router) = (fleet.start("ingress").await, fleet.start("router").await);
        let sleeper =
            fleet.launch_with("worker", &[("HOOKSTREAM_FREEZE_AT", "worker.call.before".to_owned())]);
        fleet.sender(&ingress, "in").send(r#"{"type":"x"}"#).await.event_id();
        until("it stands still with the job in hand", true, async || sleeper.program.is_frozen()).await;
        assert_eq!(receiver.count(), 0);
        Self { fleet, receiver, sleeper, _others: [ingress, router] }
    }

    /// It wakes, and does all that it would do: it is asked to end, and ends what is in its hands first.
    fn wake(&mut self) -> String {
        self.sleeper.program.signal(Signal::CONT);
        assert!(self.sleeper.program.stop().success(), "{}", self.sleeper.program.said());
        self.sleeper.program.said()
    }
}

#[tokio::test]
async fn a_job_that_another_worker_has_delivered_meanwhile_is_not_delivered_again() {
    let mut scene = Scene::set().await;
    let _other = scene.fleet.start("worker").await;
    until("another takes it over", 1, async || scene.receiver.count()).await;
    idle(&scene.fleet.store).await;
    let said = scene.wake();
    assert_eq!(scene.receiver.count(), 1, "{said}");
    assert!(said.contains("another worker took this job over"), "{said}");
}

#[tokio::test]
async fn a_job_that_nobody_took_meanwhile_is_delivered_once() {
    let mut scene = Scene::set().await;
    let (url, jobs) = (scene.fleet.redis.url(), scene.fleet.store.keys().all_jobs()[2].clone());
    eventually("its lease runs out", async || {
        let pending = redis_cli(&url, &["XPENDING", &jobs, "work", "-", "+", "1"]).await;
        let idle: f64 = pending.lines().nth(2)?.parse().ok()?;
        (idle > LEASE * 1000.0).then_some(())
    })
    .await;
    scene.wake();
    idle(&scene.fleet.store).await;
    assert_eq!(scene.receiver.count(), 1);
}
