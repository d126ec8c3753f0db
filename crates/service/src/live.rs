//! Settings that change while the service runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use settings::{Mistakes, Settings};
use tokio::signal::unix::{SignalKind, signal};

use crate::{Environment, Stop};

/// The file is read this often. Its content is compared, not its time: mounted files (Kubernetes, Docker) change
/// in ways that file notifications miss.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A changed file is taken once it has stood still for so long: while it is written in place, its first half may be a
/// configuration without mistakes, and without the endpoints of the second.
const STILL: Duration = Duration::from_millis(250);

/// The settings in force. A request takes them once and keeps what it took.
#[derive(Debug, Clone)]
pub struct Live {
    file: Arc<PathBuf>,
    environment: Environment,
    current: Arc<ArcSwap<Settings>>,
}

// === impl Live ===

impl Live {
    /// # Errors
    /// Every mistake in the file at once.
    pub fn load(file: &Path, environment: &Environment) -> Result<Self, Mistakes> {
        let settings = settings::load(file, &|name| environment.get(name))?;
        Ok(Self {
            file: Arc::new(file.to_owned()),
            environment: environment.clone(),
            current: Arc::new(ArcSwap::from_pointee(settings)),
        })
    }

    pub fn now(&self) -> Guard<Arc<Settings>> {
        self.current.load()
    }

    pub fn keep(&self) -> Arc<Settings> {
        self.current.load_full()
    }

    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Reads the file again. What is wrong is returned, and the settings in force stay.
    ///
    /// # Errors
    /// Every mistake in the new file.
    pub fn reload(&self) -> Result<(), Mistakes> {
        let settings = settings::load(&self.file, &|name| self.environment.get(name))?;
        self.current.store(Arc::new(settings));
        Ok(())
    }

    /// Reloads when the file's content changes, and on SIGHUP, until the stop.
    pub async fn follow(self, stop: Stop) {
        let mut seen = self.content().await;
        let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
        loop {
            let asked = tokio::select! {
                () = stop.asked() => return,
                _ = hangup.recv() => true,
                () = tokio::time::sleep(LOOK_EVERY) => false,
            };
            let mut content = self.content().await;
            if !asked && content == seen {
                continue;
            }
            while stop.sleep(STILL).await {
                let before = std::mem::replace(&mut content, self.content().await);
                if content == before {
                    break;
                }
            }
            if content.is_some() && (asked || content != seen) {
                seen = content;
                self.try_reload();
            }
        }
    }

    async fn content(&self) -> Option<Vec<u8>> {
        tokio::fs::read(&*self.file).await.ok()
    }

    fn try_reload(&self) {
        match self.reload() {
            Ok(()) => {
                tracing::info!(file = %self.file.display(), "the configuration was read again and is in force")
            }
            Err(mistakes) => {
                tracing::error!(file = %self.file.display(), "the changed configuration has mistakes; the old one stays in force\n{mistakes}");
            }
        }
    }
}
