//! Routes events: `Delivery<RawEvent> ─read→ Facts ─classify→ plans ─dispatch→ ()`.
//!
//! The router never opens a connection to anything but Redis.

// The walk, in the order in which an event makes it.
mod take;
mod read;
mod classify;
mod dispatch;

mod observe;

use event::RawEvent;
use futures_util::future::join_all;
use service::{About, Context, Failure};
use settings::Settings;
use stream::Delivery;

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
    let router = Router { observed: Observed::new(context.meter.clone()) };
    let routing = async {
        let mut taker = Taker::new(&context);
        while let Some(deliveries) = taker.take().await {
            let settings = context.live.keep();
            join_all(deliveries.into_iter().map(|delivery| router.walk(delivery, &settings))).await;
        }
        Ok(())
    };
    tokio::try_join!(service::serve(&context), routing).map(|_| ())
}

// === impl Router ===

impl Router {
    /// One event, from the raw stream to the job streams.
    async fn walk(&self, delivery: Delivery<RawEvent>, settings: &Settings) {
        let read = take::open(&delivery, settings).and_then(|event| Ok((read::read(&event)?, event)));
        let (facts, event) = match read {
            Ok(read) => read,
            Err(unfit) => return self.observed.set_aside(&unfit, take::set_aside(delivery, &unfit).await),
        };
        let plans = classify::classify(&settings.rules, &event, &facts);
        let settled = dispatch::dispatch(delivery, &event, &plans).await;
        self.observed.dispatched(&event, &plans, settled);
    }
}
