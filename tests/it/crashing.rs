//! A process dies at each named step of each move, one after the other: the event comes to its end all the same, and
//! twice only where that is said.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tests::{
    ADMIN_TOKEN, Fleet, Member, Postgres, Receiver, Sender, eventually, idle, redis_cli, repository, until,
};

/// A step, how an event gets there, and what the event comes to when the process dies there.
struct Place {
    step: &'static str,
    way: Way,
    /// Calls of the handler, in all.
    calls: usize,
    /// Dead letters in the end.
    letters: usize,
}

/// How an event, or an entry, gets to the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The handler takes it at once.
    Taken,
    /// The handler takes it at its second attempt.
    Retried,
    /// Its second attempt is waited for when the process starts.
    Waiting,
    /// The handler says 410.
    Refused,
    /// The handler takes longer than a third of the lease.
    Slow,
    /// The handler has no place for it: another event is there, which is called twice.
    Full,
    /// An entry that can't be read.
    Unreadable,
    /// A worker that took it died before.
    Left,
    /// An operator replays it.
    Replayed,
}

const PLACES: [Place; 26] = [
    // Nobody was told that it was accepted: it is sent again.
    Place { step: "ingress.publish.before", way: Way::Taken, calls: 1, letters: 0 },
    Place { step: "ingress.publish.after", way: Way::Taken, calls: 1, letters: 0 },
    Place { step: "ingress.replay.before", way: Way::Replayed, calls: 2, letters: 0 },
    Place { step: "ingress.replay.after", way: Way::Replayed, calls: 2, letters: 0 },
    Place { step: "router.take.after", way: Way::Taken, calls: 1, letters: 0 },
    Place { step: "router.dispatch.before", way: Way::Taken, calls: 1, letters: 0 },
    Place { step: "router.dispatch.after", way: Way::Taken, calls: 1, letters: 0 },
    Place { step: "router.set_aside.before", way: Way::Unreadable, calls: 0, letters: 1 },
    Place { step: "router.set_aside.after", way: Way::Unreadable, calls: 0, letters: 1 },
    Place { step: "worker.take.after", way: Way::Taken, calls: 1, letters: 0 },
    Place { step: "worker.call.before", way: Way::Taken, calls: 1, letters: 0 },
    // The handler was called, and nobody wrote it down: called again.
    Place { step: "worker.complete.before", way: Way::Taken, calls: 2, letters: 0 },
    Place { step: "worker.complete.after", way: Way::Taken, calls: 1, letters: 0 },
    Place { step: "worker.retry.before", way: Way::Retried, calls: 2, letters: 0 },
    Place { step: "worker.retry.after", way: Way::Retried, calls: 2, letters: 0 },
    Place { step: "worker.defer.before", way: Way::Full, calls: 3, letters: 0 },
    Place { step: "worker.defer.after", way: Way::Full, calls: 3, letters: 0 },
    Place { step: "worker.bury.before", way: Way::Refused, calls: 2, letters: 1 },
    Place { step: "worker.bury.after", way: Way::Refused, calls: 1, letters: 1 },
    Place { step: "worker.set_aside.before", way: Way::Unreadable, calls: 0, letters: 1 },
    Place { step: "worker.set_aside.after", way: Way::Unreadable, calls: 0, letters: 1 },
    Place { step: "worker.promote.before", way: Way::Waiting, calls: 2, letters: 0 },
    Place { step: "worker.promote.after", way: Way::Waiting, calls: 2, letters: 0 },
    Place { step: "worker.reclaim.after", way: Way::Left, calls: 1, letters: 0 },
    Place { step: "worker.renew.before", way: Way::Slow, calls: 2, letters: 0 },
    Place { step: "worker.renew.after", way: Way::Slow, calls: 2, letters: 0 },
];

/// Of counts, which have no handler: each is in the sums once.
const FOLDS: [&str; 2] = ["metrics.fold.before", "metrics.fold.after"];

/// Of dead letters whose time is up: each leaves once, and is in PostgreSQL once where it is archived.
const EXPIRIES: [&str; 4] =
    ["worker.expire.before", "worker.expire.after", "archiver.expire.before", "archiver.expire.after"];

/// A gateway without the service whose processes die.
struct Scene {
    fleet: Fleet,
    receiver: Receiver,
    steady: Vec<Member>,
}

// === impl Scene ===

impl Scene {
    async fn without(service: &str) -> Self {
        let receiver = Receiver::start().await;
        let config = format!(
            "[redis]\nlease = 1.5\n[worker]\nbackoff_base = 0.5\njitter = 0\n\
             [[endpoints]]\nid = \"in\"\nprovider = \"custom\"\nsecrets = [\"crashing_0123456789\"]\n\
             signature = {{ header = \"X-Webhook-Signature\", id_header = \"X-Webhook-Id\" }}\n\
             rate_limit = {{ requests_per_minute = 0 }}\n\
             [[routes]]\nname = \"all\"\nhandler = \"out\"\ntimeout = 1.4\n\
             [handlers.out]\ntype = \"http\"\nurl = \"{}\"\nallow_private = true\ntimeout = 1.4\nconcurrency = 1\n\
             [handlers.another]\ntype = \"log\"\ntimeout = 1.4\n",
            receiver.url()
        );
        let mut fleet = Fleet::prepare(&config, &[("ADMIN_TOKEN", ADMIN_TOKEN.to_owned())]).await;
        let mut steady = Vec::new();
        for other in ["ingress", "router", "worker"].into_iter().filter(|other| *other != service) {
            steady.push(fleet.start(other).await);
        }
        Self { fleet, receiver, steady }
    }

    /// The ingress that does not die.
    fn sender(&self) -> Sender {
        self.fleet.sender(&self.steady[0], "in")
    }

    /// It may die as soon as it starts, but for an ingress, which waits to be asked.
    async fn doomed(&mut self, step: &str) -> Member {
        let service = step.split('.').next().expect("a step begins with its service");
        let mut doomed = self.fleet.launch_with(service, &[("HOOKSTREAM_CRASH_AT", step.to_owned())]);
        if service == "ingress" {
            doomed.ready().await;
        }
        doomed
    }

    /// A process dies at the step, and another of its service comes after it.
    async fn play(&mut self, place: &Place) {
        let service = place.step.split('.').next().expect("a step begins with its service").to_owned();
        let (begun, letters) = (self.receiver.count(), self.letters().await);
        self.prepare(place.way).await;
        if service == "ingress" {
            self.play_ingress(place).await;
        } else {
            let mut doomed = self.doomed(place.step).await;
            if !matches!(place.way, Way::Left | Way::Waiting) {
                self.offer(place).await;
            }
            died(&mut doomed, place.step).await;
            self.receiver.take_time(Duration::ZERO);
            let mut successor = self.fleet.start(&service).await;
            idle(&self.fleet.store).await;
            assert!(successor.program.stop().success());
        }
        self.receiver.answer_always(200);
        let calls = self.receiver.calls()[begun..].to_vec();
        let ids: BTreeSet<_> = calls.iter().map(|call| call.header("webhook-id").to_owned()).collect();
        assert!(ids.len() <= 1 + usize::from(place.way == Way::Full), "{}: {ids:?}", place.step);
        // The job is on its stream before the process dies: its reader, which waits for one, may have had it and called.
        let was_promoted = place.step == "worker.promote.after";
        let once_more = usize::from(was_promoted && calls.len() > place.calls);
        assert_eq!(
            (calls.len() - once_more, self.letters().await - letters),
            (place.calls, place.letters),
            "{}",
            place.step
        );
    }

    /// What must be so before the process starts.
    async fn prepare(&mut self, way: Way) {
        match way {
            Way::Retried => self.receiver.answer_once(503, &[]),
            Way::Refused => self.receiver.answer_always(410),
            Way::Replayed => self.receiver.answer_once(410, &[]),
            Way::Slow | Way::Full => self.receiver.take_time(Duration::from_millis(1200)),
            Way::Waiting => {
                self.receiver.answer_once(503, &[]);
                let mut worker = self.fleet.start("worker").await;
                self.sender().send(r#"{"type":"x"}"#).await.event_id();
                until("it waits for its next attempt", 1, async || self.depth("retry").await).await;
                // Not asked to stop: it would wait, and perhaps deliver it.
                worker.program.kill();
            }
            Way::Left => {
                let mut worker = self.doomed("worker.take.after").await;
                self.sender().send(r#"{"type":"x"}"#).await.event_id();
                died(&mut worker, "worker.take.after").await;
            }
            Way::Taken | Way::Unreadable => {}
        }
    }

    async fn offer(&self, place: &Place) {
        if place.way == Way::Full {
            self.sender().send(r#"{"type":"x"}"#).await.event_id();
        }
        if place.way != Way::Unreadable {
            self.sender().send(r#"{"type":"x"}"#).await.event_id();
            return;
        }
        let keys = self.fleet.store.keys();
        let stream =
            if place.step.starts_with("router") { keys.events() } else { keys.all_jobs()[0].clone() };
        self.fleet.store.append(&stream, &[("what", b"is this?")]).await.expect("Redis answers");
    }

    /// The ingress dies while it is asked, and whoever asked asks again.
    async fn play_ingress(&mut self, place: &Place) {
        let body = r#"{"type":"x"}"#;
        let mut doomed = self.doomed(place.step).await;
        let letter = match place.way {
            Way::Replayed => {
                self.fleet.sender(&doomed, "in").send(body).await.event_id();
                Some(eventually("it is a dead letter", async || self.letter().await).await)
            }
            _ => None,
        };
        let sender = self.fleet.sender(&doomed, "in");
        let headers = sender.signed_as(body.as_bytes(), place.step);
        match &letter {
            Some(id) => assert!(replay(&doomed, id).await.is_err(), "it must die before it answers"),
            None => drop(sender.try_post(body, headers.clone()).await.expect_err("it must die first")),
        }
        died(&mut doomed, place.step).await;
        let mut successor = self.fleet.start("ingress").await;
        let sender = self.fleet.sender(&successor, "in");
        match &letter {
            Some(id) => {
                let told = replay(&successor, id).await.expect("it answers");
                let outcome = if place.step.ends_with("before") { "replayed" } else { "missing" };
                assert_eq!(told[outcome], json!([id]), "{}: {told}", place.step);
            }
            None => {
                let answer = sender.post(body, headers).await;
                let known = answer.header("idempotent-replayed") == "true";
                assert_eq!((answer.status, known), (200, place.step.ends_with("after")), "{answer:?}");
            }
        }
        idle(&self.fleet.store).await;
        assert!(successor.program.stop().success());
    }

    async fn letters(&self) -> usize {
        self.depth("dead").await
    }

    async fn letter(&self) -> Option<String> {
        let page = self.fleet.store.dead_letters("-", 1).await.expect("Redis answers");
        page.letters.first().map(|letter| letter.id.clone())
    }

    async fn depth(&self, stream: &str) -> usize {
        let depths = self.fleet.store.depths(event::Millis::now()).await.expect("Redis answers");
        depths.iter().find(|depth| depth.stream == stream).map_or(0, |depth| depth.depth as usize)
    }
}

/// SIGABRT, from its own hand.
async fn died(doomed: &mut Member, step: &str) {
    let status =
        eventually(&format!("it dies at {step}"), async || doomed.program.wait(Duration::from_millis(5)))
            .await;
    assert_eq!(status.signal(), Some(6), "{step}: {}", doomed.program.said());
}

async fn replay(ingress: &Member, id: &str) -> Result<serde_json::Value, reqwest::Error> {
    let url = format!("{}/admin/dead-letters/replay", ingress.url());
    let asked = reqwest::Client::new().post(url).bearer_auth(ADMIN_TOKEN).json(&json!({ "ids": [id] }));
    asked.send().await?.json().await
}

async fn play_all(service: &str, which: impl Fn(&str) -> bool) {
    let mut scene = Scene::without(service).await;
    for place in PLACES.iter().filter(|place| place.step.starts_with(service) && which(place.step)) {
        scene.play(place).await;
    }
}

#[tokio::test]
async fn an_ingress_dies_at_each_step_and_the_event_is_in_once() {
    play_all("ingress", |_| true).await;
}

#[tokio::test]
async fn a_router_dies_at_each_step_and_each_job_is_made_once() {
    play_all("router", |_| true).await;
}

fn settles(step: &str) -> bool {
    ["complete", "retry", "defer", "bury", "set_aside"].iter().any(|settles| step.contains(settles))
}

#[tokio::test]
async fn a_worker_dies_at_each_step_of_settling_and_the_job_comes_to_its_end() {
    play_all("worker", settles).await;
}

#[tokio::test]
async fn a_worker_dies_at_each_other_step_and_the_job_comes_to_its_end() {
    play_all("worker", |step| !settles(step)).await;
}

#[tokio::test]
async fn the_metrics_die_at_each_step_and_each_count_is_in_the_sums_once() {
    let mut scene = Scene::without("metrics").await;
    let accepted = async |scene: &Scene| {
        let totals = scene.fleet.store.totals().await.expect("Redis answers");
        let accepted = totals.0.iter().filter(|(series, _)| {
            series.starts_with("webhook_requests_total") && series.contains("accepted")
        });
        accepted.map(|(_, count)| *count).sum::<f64>()
    };
    for (place, step) in FOLDS.into_iter().enumerate() {
        let mut doomed = scene.doomed(step).await;
        scene.sender().send(r#"{"type":"x"}"#).await.event_id();
        died(&mut doomed, step).await;
        let mut successor = scene.fleet.start("metrics").await;
        let (url, increments) = (scene.fleet.redis.url(), scene.fleet.store.keys().increments());
        until("all is folded", "0".to_owned(), async || redis_cli(&url, &["XLEN", &increments]).await).await;
        until("each counts once", (place + 1) as f64, async || accepted(&scene).await).await;
        assert!(successor.program.stop().success());
    }
}

#[tokio::test]
async fn whoever_looks_after_dead_letters_dies_at_each_step_and_each_leaves_once() {
    for step in EXPIRIES {
        let service = step.split('.').next().expect("a step begins with its service");
        let (when_due, how) =
            if service == "archiver" { ("archive", "archived") } else { ("discard", "discarded") };
        let postgres = Postgres::start().await;
        let config = format!(
            "[redis]\nlease = 2\n[dead_letters]\nmax_age = 20\nmax_entries = 1\nwhen_due = \"{when_due}\"\n"
        );
        let mut fleet = Fleet::prepare(&config, &[("DATABASE_URL", postgres.url())]).await;
        let (store, dead) = (fleet.store.clone(), fleet.store.keys().dead());
        for event in ["evt_a", "evt_b"] {
            store.append(&dead, &[("event_id", event.as_bytes())]).await.expect("Redis answers");
        }
        let mut doomed = fleet.launch_with(service, &[("HOOKSTREAM_CRASH_AT", step.to_owned())]);
        died(&mut doomed, step).await;
        let left = async || {
            let letters = store.dead_letters("-", 9).await.expect("Redis answers").letters;
            letters.iter().map(|letter| letter.text("event_id").to_owned()).collect::<Vec<_>>()
        };
        let expected = if step.ends_with("before") { vec!["evt_a", "evt_b"] } else { vec!["evt_b"] };
        assert_eq!(left().await, expected, "{step}");
        let mut successor = fleet.start(service).await;
        until("one is left", vec!["evt_b".to_owned()], left).await;
        assert!(successor.program.stop().success());
        let life = store.life(&event::EventId::from_text("evt_a")).await.expect("Redis answers");
        let told: Vec<_> = life.iter().map(|line| (line.text("step"), line.text("how"))).collect();
        assert_eq!(told, [("expired", how)], "{step}");
        if service == "archiver" {
            assert_eq!(postgres.ask("SELECT event_id FROM hookstream_dead_letters"), "evt_a", "{step}");
        }
    }
}

/// A step that is added to a program is added here.
#[test]
fn every_step_in_the_programs_is_played() {
    let mut steps = BTreeSet::new();
    for service in ["ingress", "router", "worker", "metrics", "archiver"] {
        collect(&repository().join("services").join(service).join("src"), &mut steps);
    }
    let played = PLACES.iter().map(|place| place.step).chain(FOLDS).chain(EXPIRIES);
    assert_eq!(steps, played.map(str::to_owned).collect());
}

fn collect(folder: &Path, steps: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder of ours") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, steps);
        } else {
            let text = std::fs::read_to_string(&path).expect("text");
            let named = text.split("crash_point(\"").skip(1).filter_map(|rest| rest.split('"').next());
            steps.extend(named.map(str::to_owned));
        }
    }
}
