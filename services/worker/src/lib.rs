#![doc = include_str!("../README.md")]

// The walk, in the order in which a job makes it.
mod pick;
mod attempt;
mod judge;
mod settle;
mod defer;

// Around the walk.
mod take;
mod hands;
mod pool;
mod turns;
mod ahead;
mod lease;
mod renew;
mod reclaim;
mod promote;
mod retain;
mod patience;
mod handlers;
mod places;
mod tempo;
mod share;
mod pace;
mod observe;

// Handlers in Rust.
mod registry;
mod handler_event;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use event::Job;
use service::{About, Context, Failure, Live, Stop, crash_point};
use stream::{Delivery, Group, Reader, Store};
use tracing::Instrument;

pub use handler_event::Event;
pub use registry::{HandlerError, Registry};

use crate::attempt::{Attempted, attempt};
use crate::defer::defer;
use crate::handlers::{Handlers, Target};
use crate::hands::{Grip, Hands, Held};
use crate::judge::{Policy, judge};
use crate::lease::Uncalled;
use crate::observe::Observed;
use crate::patience::Patience;
use crate::promote::promote;
use crate::reclaim::Salvage;
use crate::renew::renew;
use crate::retain::retain;
use crate::settle::{open, set_aside, settle};
use crate::take::{BLOCK, Taker};

pub const ABOUT: About = About {
    name: "worker",
    program: "hookstream-worker",
    port: 5002,
    port_variable: "PORT",
    does: "Delivers jobs to their handlers, the most urgent first",
};

/// What the walk needs.
struct Worker {
    live: Live,
    handlers: Handlers,
    observed: Observed,
    lease: Duration,
}

/// The whole program, from flags to exit code, with the Rust handlers of `registry`.
pub fn main(registry: Registry) -> ExitCode {
    // Before the traces: their exporter has an HTTP client too.
    service::use_tls();
    service::main(ABOUT, |context| work(context, registry))
}

/// Delivers until the stop, then finishes what is in hand.
///
/// # Errors
/// The port of its pages is taken, or TLS can't be set up.
pub async fn work(context: Context, registry: Registry) -> Result<(), Failure> {
    let handlers = Handlers::new(&context, registry)?;
    let observed = Observed::new(context.meter.clone());
    let lease = context.live.now().redis.lease;
    let worker = Arc::new(Worker { live: context.live.clone(), handlers, observed, lease });
    let hands = Hands::new(take::size(&context));
    let delivering = async {
        service::each_partition(&context, |store| {
            let reader = Reader::new(store, Group::Work, context.about.name, BLOCK);
            worker.clone().run(context.clone(), reader, hands.clone())
        })
        .await;
        Ok(())
    };
    tokio::try_join!(service::serve(&context), delivering).map(drop)
}

// === impl Worker ===

impl Worker {
    /// The jobs of one partition. All partitions share the slots, and the last to end has seen every job settled.
    async fn run(self: Arc<Self>, context: Context, reader: Reader, hands: Hands) {
        let delivering = async {
            self.deliver(&context, &reader, &hands).await;
            hands.drain().await;
        };
        tokio::select! {
            () = delivering => {}
            never = renew(&reader, &hands, self.lease) => match never {},
        }
    }

    async fn deliver(self: &Arc<Self>, context: &Context, reader: &Reader, hands: &Hands) {
        make_groups(reader.store(), &context.stop).await;
        let deliver = |held| {
            let worker = self.clone();
            hands.work(async move { worker.walk(held).await });
        };
        let taking = async {
            let mut taker = Taker::new(context, reader, hands);
            while let Some(jobs) = taker.take().await {
                jobs.into_iter().for_each(deliver);
            }
        };
        let salvage = Salvage::new(context, reader, hands, &self.observed).run(deliver);
        let retaining = retain(context, reader.store(), reader.consumer());
        tokio::join!(taking, salvage, promote(reader.store(), &context.stop), retaining);
    }

    /// One job, from its stream to its end.
    async fn walk(&self, Held { delivery, mut grip }: Held) {
        let settings = self.live.keep();
        let job = match open(&delivery, settings.worker.poison_after) {
            Ok(job) => job,
            Err(unfit) => return self.observed.set_aside(&unfit, set_aside(delivery, &unfit).await),
        };
        let span = tracing::info_span!("work", event.id = %job.event.id, route = job.plan.route);
        service::trace::follow(&span, &job.event.trace);
        let target = self.handlers.find(&settings, &job.plan.handler);
        let calling = async {
            let _turn = grip.turn(job.plan.priority).await;
            self.call(target.as_deref(), &delivery, &grip, &job).await
        };
        let called = grip.unless_lost(calling).instrument(span).await.unwrap_or(Err(Uncalled::Lost));
        grip.free_slot();
        let attempted = match called {
            Ok(attempted) => attempted,
            Err(Uncalled::Full(full)) => {
                return self.observed.deferred(&job, full, defer(delivery, &job, full).await);
            }
            Err(why) => return self.observed.uncalled(&job, &why),
        };
        let ruling = judge(&attempted.outcome, &job, &Policy::from(&settings.worker), rand::random());
        let settled = settle(delivery, &job, &attempted, &ruling).await;
        self.observed.settled(&job, &attempted, &ruling, settled);
    }

    /// Calls the handler, if it has a place for the job and the job is still ours by then.
    async fn call(
        &self,
        target: Option<&Target>,
        delivery: &Delivery<Job>,
        grip: &Grip,
        job: &Job,
    ) -> Result<Attempted, Uncalled> {
        let _place = match target {
            Some(target) => Some(target.places.take().await?),
            None => None,
        };
        crash_point("worker.call.before");
        grip.lease.confirm(delivery, self.lease).await?;
        Ok(attempt(target, job).await)
    }
}

async fn make_groups(store: &Store, stop: &Stop) {
    let mut patience = Patience::new("the streams can't be made ready");
    while !stop.is_asked() {
        if patience.with(store.ensure_groups().await, stop).await.is_some() {
            return;
        }
    }
}
