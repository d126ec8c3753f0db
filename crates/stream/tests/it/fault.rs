//! Every way in which a move can be cut off, one after the other.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use event::{Job, Millis, Plan, Priority, RawEvent};
use stream::{Delivery, Group, JobResult, Patience, Reader, Settled, Store};

use crate::census::Census;
use crate::proxy::{Break, Proxy};
use crate::samples::{a_plan, an_event};
use crate::yard::{Yard, dispatch, take_over};

/// What happens to the process whose wire broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// It lives, and tries again.
    Lives,
    /// It dies in the same instant.
    Dies,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) how: Break,
    pub(crate) then: Then,
}

/// A yard with one process in it whose wire to Redis will break. What others do, they do over whole wires.
pub(crate) struct Scene {
    pub(crate) yard: Yard,
    proxy: Proxy,
    /// The store of the process that will be cut off.
    pub(crate) store: Store,
}

// === impl Fault ===

impl Fault {
    /// Has Redis executed the move by the time that the process notices? Either, if nobody can know.
    pub(crate) fn executed(self) -> Option<bool> {
        match self.how {
            Break::BeforeItArrives => Some(false),
            Break::BeforeTheAnswer => Some(true),
            Break::AtOnce => None,
        }
    }
}

// === impl Scene ===

impl Scene {
    /// Plays `act` once for each fault, each time in a new yard.
    pub(crate) async fn each(act: impl AsyncFn(&Scene, Fault)) {
        for how in [Break::BeforeItArrives, Break::BeforeTheAnswer, Break::AtOnce] {
            for then in [Then::Lives, Then::Dies] {
                let yard = Yard::new().await;
                let proxy = Proxy::to(yard.server.redis.port()).await;
                let store = Store::open(&proxy.url(), &yard.prefix, Patience::Background).unwrap();
                act(&Scene { yard, proxy, store }, Fault { how, then }).await;
            }
        }
    }

    pub(crate) fn reader(&self, group: Group) -> Reader {
        Reader::new(self.store.clone(), group, "doomed", Duration::from_millis(10))
    }

    /// Makes a move over the wire, which breaks at its first command of this name. None if the process died of it.
    pub(crate) async fn cut<T>(
        &self,
        fault: Fault,
        word: &'static str,
        act: impl Future<Output = T>,
    ) -> Option<T> {
        // Connected before, so that nothing but the move itself is on the wire; and the script is known.
        self.store.ping().await.unwrap();
        let mut broken = self.proxy.break_at(word, fault.how, fault.then == Then::Dies);
        let mut act = pin!(act);
        match fault.then {
            Then::Lives => {
                let outcome = act.await;
                broken.await.unwrap();
                Some(outcome)
            }
            Then::Dies => {
                tokio::select! {
                    biased;
                    happened = &mut broken => happened.unwrap(),
                    // It hears of the break before Redis has answered the other end: it dies a moment later.
                    _ = &mut act => broken.await.unwrap(),
                }
                None
            }
        }
    }

    /// The same for one function.
    pub(crate) async fn cut_script<T>(&self, fault: Fault, act: impl Future<Output = T>) -> Option<T> {
        self.cut(fault, "FCALL", act).await
    }

    /// Each of these is in exactly one place, and nothing else is anywhere.
    pub(crate) async fn expect(&self, fault: Fault, names: &[&str]) {
        let census = Census::take(&self.yard).await;
        assert_eq!(census.wrongs(names.iter().copied()), Vec::<String>::new(), "{fault:?} {census:?}");
    }

    /// A job in the hands of the process that will be cut off.
    pub(crate) async fn doomed_job(&self) -> (Delivery<Job>, Job) {
        self.yard.claimed(&self.reader(Group::Work), &an_event("a"), &the_plan()).await
    }

    /// Other routers and workers finish whatever is left, taking over from everybody. Returns how many jobs they
    /// delivered.
    pub(crate) async fn others_finish(&self) -> usize {
        let (router, worker, keys) = (self.yard.router(), self.yard.worker(), self.yard.keys());
        let mut events = take_over::<RawEvent>(&router, &keys.events()).await;
        events.extend(router.read(&[keys.events()], 100).await.unwrap());
        for delivery in events {
            dispatch(delivery, &[&the_plan()], "").await.unwrap();
        }
        self.yard.store.promote().await.unwrap();
        let mut jobs = worker.claim(Priority::ALL, 100).await.unwrap();
        for stream in keys.all_jobs() {
            let taken = take_over::<Job>(&worker, &stream).await;
            jobs.extend(taken.into_iter().filter(|taken| taken.times > 1));
        }
        let mut delivered = 0;
        for delivery in jobs {
            let Ok(job) = delivery.carried.clone() else { panic!("{delivery:?}") };
            let settled = delivery.complete(&job, Millis(1), &JobResult::delivered(Some(200))).await.unwrap();
            delivered += usize::from(settled == Settled::Done);
        }
        self.expect_nothing_left().await;
        delivered
    }

    async fn expect_nothing_left(&self) {
        let census = Census::take(&self.yard).await;
        let dead_only = census.places.values().all(|places| places == &["dead"]);
        assert!(census.faults.is_empty() && dead_only, "{census:?}");
    }
}

pub(crate) fn the_plan() -> Plan {
    a_plan("r", Priority::Normal)
}
