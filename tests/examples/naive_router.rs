//! A router as it is usually written: it takes an event off its stream, and then adds what it made of it. It is the
//! negative control of the chaos harness, which must see it lose events; no program of ours contains it.
//!
//! It moves each event once in that order, as itself, before it routes it as ours does. Killed between the two steps,
//! it has the event nowhere.

use std::process::ExitCode;
use std::time::Duration;

use event::{Plan, RawEvent};
use futures_util::future::join_all;
use routing::Facts;
use serde_json::Value;
use service::{About, Context, Failure};
use stream::{Delivery, Dispatch, Group, Intake, Reader, Settled, Store};

const ABOUT: About = About {
    name: "router",
    program: "naive-router",
    port: 5001,
    port_variable: "PORT",
    does: "Loses events when it is killed",
};

const MOMENT: Duration = Duration::from_millis(5);

/// Marks an event that was moved: no sender's trace begins like this.
const MOVED: &str = "moved";

fn main() -> ExitCode {
    service::main(ABOUT, route)
}

async fn route(context: Context) -> Result<(), Failure> {
    let routing = async {
        let reader = Reader::new(context.store.clone(), Group::Route, ABOUT.name, Duration::from_millis(500));
        let mut intake = Intake::new(reader, context.store.keys().events(), context.live.now().redis.lease);
        while !context.stop.is_asked() {
            match intake.take(100).await {
                Ok(deliveries) => {
                    join_all(deliveries.into_iter().map(|delivery| walk(delivery, &context))).await;
                }
                Err(_) => drop(context.stop.sleep(Duration::from_millis(200)).await),
            }
        }
        Ok(())
    };
    tokio::try_join!(service::serve(&context), routing).map(drop)
}

async fn walk(delivery: Delivery<RawEvent>, context: &Context) {
    let Ok(mut event) = delivery.carried.as_deref().cloned() else { return };
    if event.trace == MOVED {
        let settings = context.live.now();
        let facts = Facts { source: &event.source, event_type: &event.event_type, body: &Value::Null };
        let plans: Vec<_> = settings.rules.classify(&facts).into_iter().map(|route| &route.plan).collect();
        dispatch(delivery, plans).await;
        return;
    }
    // Acknowledged …
    if dispatch(delivery, Vec::new()).await {
        // … then added. Whoever is killed here has lost it. What is done in between takes a moment, so that a run of some
        // thousand events shows it on any machine.
        tokio::time::sleep(MOMENT).await;
        MOVED.clone_into(&mut event.trace);
        add(&context.store, &event).await;
    }
}

/// Was it done?
async fn dispatch(delivery: Delivery<RawEvent>, plans: Vec<&Plan>) -> bool {
    let dispatched = Dispatch::all(vec![Dispatch { delivery, plans, trace: String::new() }]).await;
    matches!(dispatched[..], [Ok(Settled::Done)])
}

/// Patient, so that nothing but a kill loses an event.
async fn add(store: &Store, event: &RawEvent) {
    while store.publish(event, None, false).await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
