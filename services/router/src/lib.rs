//! Routes events: `Delivery<RawEvent> ─read→ Facts ─classify→ plans ─dispatch→ ()`.
//!
//! The router never opens a connection to anything but Redis.

// The walk, in the order in which an event makes it.
mod take;
mod read;
mod classify;
mod dispatch;

mod observe;
#[cfg(test)]
mod samples;

use std::sync::Arc;

use event::RawEvent;
use service::{About, Context, Failure};
use settings::Settings;
use stream::{Delivery, Store};
use tokio::sync::Mutex;

use crate::dispatch::{Dispatched, Judged};
use crate::observe::Observed;
use crate::take::Taker;

pub const ABOUT: About = About {
    name: "router",
    program: "hookstream-router",
    port: 5001,
    port_variable: "PORT",
    does: "Routes events from the raw stream to the job streams",
};

/// What the walk needs.
struct Router {
    observed: Observed,
}

/// Routes until the stop.
///
/// # Errors
/// The port of its pages is taken.
pub async fn route(context: Context) -> Result<(), Failure> {
    let router = Arc::new(Router { observed: Observed::new(context.meter.clone()) });
    let routing = async {
        service::each_partition(&context, |store| router.clone().run(context.clone(), store)).await;
        Ok(())
    };
    tokio::try_join!(service::serve(&context), routing).map(|_| ())
}

// === impl Router ===

impl Router {
    /// The events of one partition.
    async fn run(self: Arc<Self>, context: Context, store: Store) {
        let taker = Mutex::new(Taker::new(&context, store));
        let next = async || taker.lock().await.take().await;
        let lane = async || {
            while let Some(deliveries) = next().await {
                let settings = context.live.keep();
                self.walk(deliveries, &settings).await;
            }
        };
        // While the events of one lane are on their way, those of the other are read and judged: neither Redis nor we wait
        // for the other.
        tokio::join!(lane(), lane());
    }

    /// Events, from the raw stream to the job streams; all that were read at once are moved at once.
    async fn walk(&self, deliveries: Vec<Delivery<RawEvent>>, settings: &Settings) {
        let mut judged = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            let read = take::open(&delivery, settings).and_then(|event| Ok((read::read(&event)?, event)));
            match read {
                Ok((facts, event)) => {
                    let plans = classify::classify(&settings.rules, &event, &facts);
                    judged.push(Judged { delivery, event, plans });
                }
                Err(unfit) => self.observed.set_aside(&unfit, take::set_aside(delivery, &unfit).await),
            }
        }
        for Dispatched { event, plans, settled } in dispatch::dispatch(judged).await {
            self.observed.dispatched(&event, &plans, settled);
        }
    }
}
