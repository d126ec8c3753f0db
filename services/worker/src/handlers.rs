//! The handlers of the configuration in force, ready to be called.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use outbound::Clients;
use service::{Context, Failure};
use settings::{Handler, HandlerKind, Settings};
use stream::Store;

use crate::attempt::{Code, Entry, Post};
use crate::places::Places;
use crate::registry::Registry;
use crate::share::Floor;
use crate::turns;

/// Made anew when the configuration changes; calls under way go on with what they began with.
#[derive(Debug)]
pub(crate) struct Handlers {
    means: Means,
    made: Mutex<Made>,
}

/// What handlers are made with.
#[derive(Debug)]
struct Means {
    registry: Registry,
    clients: Clients,
    store: Store,
    floor: Arc<Floor>,
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
    pub(crate) places: Places,
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
        let means = Means { registry, clients, store, floor: Arc::default() };
        let of = context.live.keep();
        let targets = means.make(&of);
        Ok(Self { means, made: Mutex::new(Made { of, targets }) })
    }

    /// The handler of that name in these settings.
    pub(crate) fn find(&self, settings: &Arc<Settings>, name: &str) -> Option<Arc<Target>> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&made.of, settings) {
            let targets = self.means.make(settings);
            *made = Made { of: settings.clone(), targets };
        }
        made.targets.get(name).cloned()
    }
}

// === impl Means ===

impl Means {
    fn make(&self, settings: &Settings) -> Arc<HashMap<String, Arc<Target>>> {
        for name in self.registry.names().filter(|name| !settings.handlers.contains_key(*name)) {
            tracing::warn!(handler = name, "registered in Rust, but the configuration has no such handler");
        }
        self.floor.resize(turns::for_all(settings.worker.concurrency));
        // With one handler there is nobody to leave room to.
        let floor = (settings.handlers.len() > 1).then_some(&self.floor);
        let target = |handler: &Handler| {
            let call = self.call(handler);
            if matches!(call, Call::Missing) {
                tracing::warn!(
                    handler = handler.name,
                    "of type rust, but this worker has no code of that name: its jobs will be dead letters"
                );
            }
            let places = Places::new(handler.concurrency, handler.rate_per_second, floor.cloned());
            Arc::new(Target { call, places })
        };
        let targets = settings.handlers.values().map(|handler| (handler.name.clone(), target(handler)));
        Arc::new(targets.collect())
    }

    fn call(&self, handler: &Handler) -> Call {
        match &handler.kind {
            kind @ HandlerKind::Http { .. } => {
                Post::new(kind, &self.clients).map_or(Call::Missing, |post| Call::Http(Box::new(post)))
            }
            HandlerKind::Stream { stream } => {
                Call::Stream(Entry { store: self.store.clone(), stream: stream.clone() })
            }
            HandlerKind::Log => Call::Log,
            HandlerKind::Registered => {
                self.registry.get(&handler.name).map_or(Call::Missing, |handle| Call::Code(Code(handle)))
            }
        }
    }
}
