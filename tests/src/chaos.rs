//! Chaos: the built programs on a real Redis, under load, while everything that can be killed, frozen or cut is.
//!
//! Senders keep the ledger of what they were promised; the handler keeps its own of what it was called for. What
//! Redis, metrics and logs say is only compared with these two. `docs/reliability.md` has the figures.

mod clock;
mod fate;
mod fault;
mod wire;
mod ledger;
mod provider;
mod handler;
mod unit;
mod trouble;
mod census;
mod repeats;
mod verdict;
mod report;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use stream::{Fsync, Patience, PrivateServer, Store};
use tempfile::TempDir;

use self::clock::{Clock, Moment};
use self::fault::{Fault, Fleet};
use self::handler::Handler;
use self::ledger::Ledger;
use self::provider::Provider;
use self::trouble::Stage;
use self::unit::{Ports, Unit};
use crate::Sender;

pub use self::fault::Choice;
pub use self::repeats::Why;
pub use self::report::{Faults, Report};
pub use self::verdict::Outcome;

/// The lease of every service in a run, in milliseconds.
const LEASE: u64 = 5_000;

/// What to do.
#[derive(Debug, Clone)]
pub struct Plan {
    pub events: u32,
    pub faults: u32,
    pub seed: u64,
    pub fsync: Fsync,
    pub choice: Choice,
    /// The program that routes; another than ours for the negative control.
    pub router: &'static str,
    /// After so long nothing more is sent.
    pub limit: Duration,
    /// Says what it does.
    pub loud: bool,
}

/// Two of each, and three workers.
const SERVICES: [&str; 8] =
    ["ingress", "ingress", "router", "router", "worker", "worker", "worker", "metrics"];
/// The last events of a run come to rest within this, or are stuck.
const DRAIN: Duration = Duration::from_secs(90);

/// Plays a whole run, to rest and verdict.
///
/// # Panics
/// Something could not be started, or the end is never reached.
pub async fn run(plan: &Plan) -> Report {
    let folder = TempDir::new().expect("a folder can be made");
    let clock = Clock::start();
    let redis = PrivateServer::start(&folder.path().join("redis"), plan.fsync).await.expect("Redis starts");
    let store = Store::open(&redis.url(), "hs", Patience::Background).expect("an address");
    let handler = Arc::new(Handler::start(clock, plan.events));
    let ports = Ports { folder: folder.path(), redis: redis.port(), handler: handler.port };
    let (stage, senders) = set_up(plan, clock, redis, &ports).await;
    let ledger = Arc::new(Ledger::new(clock));
    let provider = Arc::new(Provider::new(senders, ledger.clone(), handler.clone(), plan.events));
    let run = Run { plan, clock, store, stage, ledger, handler, provider };
    let began = Instant::now();
    let looks = run.play().await;
    let took = began.elapsed();
    let report = run.conclude(took, looks).await;
    drop(folder);
    report
}

async fn set_up(
    plan: &Plan,
    clock: Clock,
    redis: PrivateServer,
    ports: &Ports<'_>,
) -> (Arc<Stage>, Vec<Sender>) {
    let (mut units, mut senders) = (Vec::new(), Vec::new());
    for (place, service) in SERVICES.into_iter().enumerate() {
        let name = match service {
            "router" => plan.router.to_owned(),
            service => format!("hookstream-{service}"),
        };
        units.push(Unit::start(place, service, &name, ports).await);
    }
    for unit in &units {
        if unit.service == "ingress" {
            senders.push(Sender::new(&unit.url(), &unit.config(), "in"));
        }
    }
    (Arc::new(Stage::new(clock, redis, plan.fsync, units)), senders)
}

/// Which places of the fleet are of which service.
fn fleet() -> Fleet {
    let places = |wanted: &str| -> Vec<usize> {
        SERVICES
            .iter()
            .enumerate()
            .filter(|(_, service)| **service == wanted)
            .map(|(place, _)| place)
            .collect()
    };
    Fleet {
        ingresses: places("ingress"),
        routers: places("router"),
        workers: places("worker"),
        metrics: places("metrics"),
    }
}

/// A run under way.
struct Run<'a> {
    plan: &'a Plan,
    clock: Clock,
    store: Store,
    stage: Arc<Stage>,
    ledger: Arc<Ledger>,
    handler: Arc<Handler>,
    provider: Arc<Provider>,
}

// === impl Run ===

impl Run<'_> {
    /// Load and faults, until all is sent or time is up; then until everything is at rest.
    async fn play(&self) -> (u64, u64) {
        let planned =
            fault::plan(self.plan.seed, self.plan.events, self.plan.faults, &fleet(), self.plan.choice);
        let tell = |at: Moment, fault: Fault| self.tell(at, &fault.to_string());
        let (looks, entries) = (AtomicU64::new(0), AtomicU64::new(0));
        let sending = async {
            let limit = tokio::time::timeout(self.plan.limit, self.provider.send_all());
            if limit.await.is_err() {
                self.provider.stop.store(true, Ordering::Relaxed);
            }
        };
        let troubling = self.stage.trouble(&planned, &self.provider, &tell);
        let both = async { tokio::join!(sending, troubling) };
        tokio::select! {
            _ = both => {}
            never = self.look(&looks, &entries) => match never {},
        }
        tokio::select! {
            () = self.rest() => {}
            never = self.look(&looks, &entries) => match never {},
        }
        (looks.into_inner(), entries.into_inner())
    }

    /// Looks after the processes, at the streams, and says how far it is.
    async fn look(&self, looks: &AtomicU64, entries: &AtomicU64) -> Infallible {
        for beat in 1_u64.. {
            tokio::time::sleep(Duration::from_millis(250)).await;
            self.stage.attend().await;
            if beat % 4 == 0
                && let Some(census) = census::look(self.stage.redis_port, self.store.keys()).await
            {
                looks.fetch_add(1, Ordering::Relaxed);
                entries.fetch_add(census.entries, Ordering::Relaxed);
                for name in census.twice {
                    self.ledger.strange(format!("{name} stood in two streams"));
                }
            }
            if beat % 40 == 0 {
                let (accepted, reached) = (self.ledger.events(), self.handler.reached());
                self.tell(self.clock.now(), &format!("{accepted} accepted, {reached} jobs at the handler"));
            }
        }
        unreachable!("the numbers do not end")
    }

    /// Waits until nothing is on its way any more.
    async fn rest(&self) {
        let deadline = Instant::now() + DRAIN;
        let mut quiet = 0;
        while quiet < 3 {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let busy = verdict::on_its_way(&self.store).await;
            let at_rest = busy.as_ref().is_some_and(Vec::is_empty);
            quiet = if at_rest { quiet + 1 } else { 0 };
            if Instant::now() > deadline {
                self.ledger.strange(format!("not at rest after {DRAIN:?}: {busy:?}"));
                return;
            }
        }
        let keys = self.store.keys();
        // What depths do not tell: nothing may be left of an event that is nowhere any more.
        for (ask, key) in [("ZCARD", keys.retry_due()), ("XLEN", keys.shared()), ("HLEN", keys.shared_left())]
        {
            let left = census::ask(self.stage.redis_port, &[ask, &key]).await;
            if left.as_deref() != Some("0") {
                self.ledger.strange(format!("at rest {key} still holds {left:?}"));
            }
        }
    }

    async fn conclude(&self, took: Duration, looks: (u64, u64)) -> Report {
        let dead = verdict::dead(&self.store).await;
        let page = self.metrics_page().await;
        let fell = self.stop().await;
        let (calls, wrongs) = self.handler.calls();
        let happened = self.stage.happened();
        let promised = self.ledger.promised();
        let mut outcome = verdict::judge(&promised, &calls, &dead, &happened, self.plan.fsync);
        outcome.wrongs.extend(wrongs);
        let repeats = repeats::find(&calls, &happened);
        let unexplained = repeats.iter().filter(|repeat| repeat.why == Why::Unexplained);
        let unexplained = unexplained
            .take(10)
            .map(|repeat| format!("{:?}, then {:?}", repeat.first, repeat.again))
            .collect();
        let mut accepted: Vec<Moment> = promised.by_number.values().map(|promise| promise.at).collect();
        let mut reached: Vec<Moment> = calls.iter().map(|call| call.at).collect();
        accepted.sort_unstable();
        reached.sort_unstable();
        let taken = calls.iter().filter(|call| call.status == 200).count();
        let known = [
            ("accepted", promised.by_number.len()),
            ("routed", self.ledger.jobs() as usize),
            ("delivered", taken),
            ("dead", dead.values().sum()),
        ];
        Report {
            seed: self.plan.seed,
            fsync: if self.plan.fsync == Fsync::Always { "always" } else { "everysec" },
            events: self.ledger.events(),
            jobs: self.ledger.jobs(),
            took,
            refused: self.ledger.refused.load(Ordering::Relaxed),
            unanswered: self.ledger.unanswered.load(Ordering::Relaxed),
            repeated: self.ledger.repeated.load(Ordering::Relaxed),
            faults: Faults::count(&happened),
            torn: self.stage.torn(),
            calls: calls.len(),
            duplicates: repeats::count(&repeats),
            unexplained,
            looks,
            longest_recovery: report::longest_recovery(&happened, &accepted, &reached),
            metrics: verdict::metrics(&page, &known.into_iter().collect()),
            fell,
            outcome,
        }
    }

    /// The Prometheus page, once nothing changes on it any more.
    async fn metrics_page(&self) -> String {
        let mut url = String::new();
        for unit in &self.stage.units {
            let unit = unit.lock().await;
            if unit.service == "metrics" {
                url = format!("{}/metrics", unit.url());
            }
        }
        let mut last = String::new();
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_millis(1500)).await;
            let Ok(answer) = reqwest::get(&url).await else { continue };
            let page = answer.text().await.unwrap_or_default();
            let counts: String = page.lines().filter(|line| line.contains("_total{")).collect();
            if !counts.is_empty() && counts == last {
                return page;
            }
            last = counts;
        }
        String::new()
    }

    /// Ends every process; each must end by itself when asked to. How many fell before.
    async fn stop(&self) -> usize {
        let mut fell = 0;
        for unit in &self.stage.units {
            let mut unit = unit.lock().await;
            fell += unit.fell;
            let code = unit.stop().await;
            if code != Some(0) {
                let said = unit.last_words();
                self.ledger
                    .strange(format!("{} ended with {code:?} when asked to stop: {said}", unit.service));
            }
        }
        fell
    }

    fn tell(&self, at: Moment, what: &str) {
        if self.plan.loud {
            #[expect(clippy::print_stderr, reason = "`make chaos` shows how far it is")]
            {
                eprintln!("{:>8.1} s  {what}", f64::from(at.0) / 1000.0);
            }
        }
    }
}
