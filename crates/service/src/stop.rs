//! Stopping is a value that is handed in, never a global.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::Failure;

/// Told once, heard everywhere.
#[derive(Debug, Clone, Default)]
pub struct Stop(CancellationToken);

// === impl Stop ===

impl Stop {
    /// Stops on Ctrl-C and SIGTERM.
    ///
    /// # Errors
    /// The system does not let us listen for signals.
    pub fn on_signals() -> Result<Self, Failure> {
        let io = |source| Failure::Io { what: "can't listen for signals".to_owned(), source };
        let mut terminate = signal(SignalKind::terminate()).map_err(io)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(io)?;
        let stop = Self::default();
        let told = stop.clone();
        tokio::spawn(async move {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "Ctrl-C",
            };
            tracing::info!("{name}: stopping, once work under way is done");
            told.now();
        });
        Ok(stop)
    }

    pub fn now(&self) {
        self.0.cancel();
    }

    pub fn is_asked(&self) -> bool {
        self.0.is_cancelled()
    }

    pub async fn asked(&self) {
        self.0.cancelled().await;
    }

    /// A stop of its own, which this one also causes.
    #[must_use]
    pub fn child(&self) -> Self {
        Self(self.0.child_token())
    }

    /// Waits for `time`; false if the stop came first.
    pub async fn sleep(&self, time: std::time::Duration) -> bool {
        tokio::select! {
            () = self.asked() => false,
            () = tokio::time::sleep(time) => true,
        }
    }
}
