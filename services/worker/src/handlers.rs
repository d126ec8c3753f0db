//! The handlers of the configuration in force, ready to be called.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use outbound::Clients;
use service::{Context, Failure};
use settings::{Handler, HandlerKind, Settings};
use stream::Store;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::attempt::{Code, Entry, Post};
use crate::pace::Pace;
use crate::registry::Registry;

/// Made anew when the configuration changes; calls under way go on with what they began with.
#[derive(Debug)]
pub(crate) struct Handlers {
    registry: Registry,
    clients: Clients,
    store: Store,
    made: Mutex<Made>,
}

#[derive(Debug, Clone)]
struct Made {
    of: Arc<Settings>,
    targets: Arc<HashMap<String, Arc<Target>>>,
}

/// A handler with its limits.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) call: Call,
    places: Semaphore,
    pace: Pace,
}

/// How it is called.
#[derive(Debug)]
pub(crate) enum Call {
    Http(Box<Post>),
    Stream(Entry),
    Log,
    Code(Code),
    /// Of type `rust`, and nothing is registered under its name.
    Missing,
}

// === impl Handlers ===

impl Handlers {
    /// # Errors
    /// TLS can't be set up.
    pub(crate) fn new(context: &Context, registry: Registry) -> Result<Self, Failure> {
        let (clients, store) = (Clients::new()?, context.store.clone());
        let of = context.live.keep();
        let targets = make(&of, &registry, &clients, &store);
        Ok(Self { registry, clients, store, made: Mutex::new(Made { of, targets }) })
    }

    /// The handler of that name in these settings.
    pub(crate) fn find(&self, settings: &Arc<Settings>, name: &str) -> Option<Arc<Target>> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&made.of, settings) {
            let targets = make(settings, &self.registry, &self.clients, &self.store);
            *made = Made { of: settings.clone(), targets };
        }
        made.targets.get(name).cloned()
    }
}

fn make(
    settings: &Settings,
    registry: &Registry,
    clients: &Clients,
    store: &Store,
) -> Arc<HashMap<String, Arc<Target>>> {
    for name in registry.names().filter(|name| !settings.handlers.contains_key(*name)) {
        tracing::warn!(handler = name, "registered in Rust, but the configuration has no such handler");
    }
    let target = |handler: &Handler| {
        let call = call(handler, registry, clients, store);
        if matches!(call, Call::Missing) {
            tracing::warn!(
                handler = handler.name,
                "of type rust, but this worker has no code of that name: its jobs will be dead letters"
            );
        }
        Arc::new(Target {
            call,
            places: Semaphore::new(handler.concurrency.clamp(1, Semaphore::MAX_PERMITS)),
            pace: Pace::new(handler.rate_per_second),
        })
    };
    let targets = settings.handlers.values().map(|handler| (handler.name.clone(), target(handler)));
    Arc::new(targets.collect())
}

fn call(handler: &Handler, registry: &Registry, clients: &Clients, store: &Store) -> Call {
    match &handler.kind {
        kind @ HandlerKind::Http { .. } => {
            Post::new(kind, clients).map_or(Call::Missing, |post| Call::Http(Box::new(post)))
        }
        HandlerKind::Stream { stream } => {
            Call::Stream(Entry { store: store.clone(), stream: stream.clone() })
        }
        HandlerKind::Log => Call::Log,
        HandlerKind::Registered => {
            registry.get(&handler.name).map_or(Call::Missing, |handle| Call::Code(Code(handle)))
        }
    }
}

// === impl Target ===

impl Target {
    /// Waits until the handler may be called: for one of its places, and for its pace.
    pub(crate) async fn place(&self) -> SemaphorePermit<'_> {
        let place = self.places.acquire().await.expect("the places are never closed");
        self.pace.wait().await;
        place
    }
}
