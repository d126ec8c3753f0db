//! What a service needs besides Redis, and lacks.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

/// Why a service can't work just now, for `/ready`: see [`crate::serve_with`]. Clones are one.
#[derive(Debug, Clone, Default)]
pub struct Obstacle(Arc<ArcSwapOption<String>>);

// === impl Obstacle ===

impl Obstacle {
    /// `why` is shown to whoever asks: no secrets.
    pub fn set(&self, why: impl Into<String>) {
        self.0.store(Some(Arc::new(why.into())));
    }

    pub fn clear(&self) {
        self.0.store(None);
    }

    pub fn why(&self) -> Option<String> {
        self.0.load_full().map(|why| (*why).clone())
    }
}
