//! What a service works on with while Redis is away, for `/ready`.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

/// Asked each time that somebody asks whether we are ready: see [`crate::pages()`]. Clones are one.
#[derive(Clone)]
pub struct Reserves(Arc<dyn Fn() -> Stock + Send + Sync>);

/// How they stand.
#[derive(Debug, Clone, PartialEq)]
pub struct Stock {
    /// Work can be taken though Redis is away.
    pub takes: bool,
    /// A name and what is to be told: no secrets.
    pub told: (&'static str, Value),
}

// === impl Reserves ===

impl Reserves {
    pub fn new(look: impl Fn() -> Stock + Send + Sync + 'static) -> Self {
        Self(Arc::new(look))
    }

    pub(crate) fn now(&self) -> Stock {
        (self.0)()
    }
}

impl fmt::Debug for Reserves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reserves").field(&self.now()).finish()
    }
}
