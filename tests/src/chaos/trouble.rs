//! Carries the planned faults out, and notes when each began and was over.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use stream::{Fsync, PrivateServer};
use tokio::sync::{Mutex as Turn, Semaphore};

use super::census;
use super::clock::{Clock, Moment};
use super::fault::{Fault, Link, Planned};
use super::provider::Provider;
use super::unit::Unit;
use super::wire::{Weather, Wire};

/// Faults under way at once, at most: some services are always well.
const AT_ONCE: usize = 5;
/// Faults do not begin closer together than this.
const APART: Duration = Duration::from_millis(100);
/// The provider may be so many events ahead of the next fault: it has always something to send.
const AHEAD: u32 = 200;

/// A fault that happened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Happened {
    pub(super) fault: Fault,
    pub(super) began: Moment,
    /// The process was started again, the wire whole, Redis answering.
    pub(super) over: Moment,
}

/// Everything that can be made to fail.
pub(super) struct Stage {
    pub(super) clock: Clock,
    pub(super) redis: Arc<Turn<PrivateServer>>,
    pub(super) redis_port: u16,
    pub(super) fsync: Fsync,
    pub(super) units: Vec<Arc<Turn<Unit>>>,
    happened: Mutex<Vec<Happened>>,
    /// How often Redis' file ended within a transaction, which was taken off.
    torn: AtomicUsize,
}

// === impl Stage ===

impl Stage {
    pub(super) fn new(clock: Clock, redis: PrivateServer, fsync: Fsync, units: Vec<Unit>) -> Self {
        Self {
            clock,
            redis_port: redis.port(),
            redis: Arc::new(Turn::new(redis)),
            fsync,
            units: units.into_iter().map(|unit| Arc::new(Turn::new(unit))).collect(),
            happened: Mutex::default(),
            torn: AtomicUsize::new(0),
        }
    }

    /// Does what was planned, as the ledger reaches each fault's number of events; the provider sends no more than that
    /// until the fault has begun. `tell` hears of each.
    pub(super) async fn trouble(
        self: &Arc<Self>,
        planned: &[Planned],
        provider: &Provider,
        tell: &dyn Fn(Moment, Fault),
    ) {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        for Planned { after, fault } in planned {
            provider.allowed.store(after + AHEAD, Ordering::Relaxed);
            while provider.ledger.events() < *after {
                if provider.stop.load(Ordering::Relaxed) {
                    return self.calm(&turns).await;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let turn = turns.clone().acquire_owned().await.expect("never closed");
            tell(self.clock.now(), *fault);
            let (stage, fault) = (self.clone(), *fault);
            tokio::spawn(async move {
                stage.inflict(fault).await;
                drop(turn);
            });
            tokio::time::sleep(APART).await;
        }
        provider.allowed.store(provider.events, Ordering::Relaxed);
        self.calm(&turns).await;
    }

    /// Waits until no fault is under way.
    async fn calm(&self, turns: &Semaphore) {
        let all = u32::try_from(AT_ONCE).unwrap_or(1);
        drop(turns.acquire_many(all).await);
    }

    /// Starts again what ended by itself.
    pub(super) async fn attend(&self) {
        for unit in &self.units {
            // One that is being killed or frozen just now is in other hands.
            if let Ok(mut unit) = unit.try_lock() {
                unit.attend();
            }
        }
    }

    pub(super) fn happened(&self) -> Vec<Happened> {
        self.happened.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn torn(&self) -> usize {
        self.torn.load(Ordering::Relaxed)
    }

    async fn inflict(&self, fault: Fault) {
        match fault.unit() {
            Some(unit) => self.inflict_unit(fault, &mut *self.units[unit].lock().await).await,
            None => self.inflict_redis(fault).await,
        }
    }

    async fn inflict_unit(&self, fault: Fault, unit: &mut Unit) {
        let began = self.clock.now();
        match fault {
            Fault::Kill(_, pause) => {
                unit.kill();
                tokio::time::sleep(pause).await;
                unit.revive();
            }
            Fault::Freeze(_, time) => {
                unit.signal(Signal::STOP);
                tokio::time::sleep(time).await;
                unit.signal(Signal::CONT);
            }
            Fault::Cut(link, time) => {
                let wire = wire(unit, link);
                wire.set(Weather::Down);
                wire.cut();
                tokio::time::sleep(time).await;
                wire.set(Weather::Clear);
            }
            Fault::Slow(link, by, time) => {
                let wire = wire(unit, link);
                wire.set(Weather::Slow(by));
                tokio::time::sleep(time).await;
                wire.set(Weather::Clear);
            }
            Fault::Silent(link, time) => {
                let wire = wire(unit, link);
                wire.set(Weather::Silent);
                tokio::time::sleep(time).await;
                wire.set(Weather::Clear);
                wire.cut();
            }
            Fault::Forget => {}
        }
        self.note(fault, began);
    }

    async fn inflict_redis(&self, fault: Fault) {
        let mut redis = self.redis.lock().await;
        let began = self.clock.now();
        match fault {
            Fault::Kill(_, pause) => {
                redis.kill().await.expect("Redis can be killed");
                tokio::time::sleep(pause).await;
                redis.revive(self.fsync).await.expect("Redis comes back from its append-only file");
                self.torn.fetch_add(usize::from(redis.cut_off() > 0), Ordering::Relaxed);
            }
            Fault::Freeze(_, time) => {
                signal(&redis, Signal::STOP);
                tokio::time::sleep(time).await;
                signal(&redis, Signal::CONT);
            }
            Fault::Forget => {
                census::ask(self.redis_port, &["SCRIPT", "FLUSH"]).await;
                census::ask(self.redis_port, &["FUNCTION", "FLUSH"]).await;
            }
            Fault::Cut(..) | Fault::Slow(..) | Fault::Silent(..) => {}
        }
        self.note(fault, began);
    }

    fn note(&self, fault: Fault, began: Moment) {
        let happened = Happened { fault, began, over: self.clock.now() };
        self.happened.lock().unwrap_or_else(PoisonError::into_inner).push(happened);
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage").field("units", &self.units.len()).finish_non_exhaustive()
    }
}

fn wire(unit: &Unit, link: Link) -> &Wire {
    match (link, &unit.to_handler) {
        (Link::ToHandler(_), Some(wire)) => wire,
        _ => &unit.to_redis,
    }
}

fn signal(redis: &PrivateServer, signal: Signal) {
    let pid = redis.pid().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
    let _ = kill_process(pid.expect("Redis runs"), signal);
}
