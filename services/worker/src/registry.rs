//! Handlers in Rust, registered by name.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::handler_event::Event;

pub(crate) type Handle =
    Arc<dyn Fn(Event) -> Pin<Box<dyn Future<Output = Result<(), HandlerError>> + Send>> + Send + Sync>;

/// The Rust handlers of a worker, by the name that `[handlers.NAME]` with `type = "rust"` gives them.
///
/// ```
/// use worker::{Event, HandlerError, Registry};
///
/// async fn billing(event: Event) -> Result<(), HandlerError> {
///     let invoice: serde_json::Value = event.json()?;
///     println!("{} {}", event.id(), invoice["data"]["object"]["amount"]);
///     Ok(())
/// }
///
/// let registry = Registry::new().register("billing", billing);
/// ```
#[derive(Clone, Default)]
pub struct Registry(HashMap<String, Handle>);

/// Why a handler could not take an event.
///
/// `?` turns any error into one that is tried again.
#[derive(Debug)]
pub struct HandlerError {
    permanent: bool,
    source: Box<dyn Error + Send + Sync>,
}

// === impl Registry ===

impl Registry {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a handler; another of the same name is replaced. It may be called several times for one event, also at once
    /// on two machines: tell by [`Event::delivery_id`] what was done before.
    #[must_use]
    pub fn register<F, R>(mut self, name: impl Into<String>, handler: F) -> Self
    where
        F: Fn(Event) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), HandlerError>> + Send + 'static,
    {
        self.0.insert(name.into(), Arc::new(move |event| Box::pin(handler(event))));
        self
    }

    /// The names registered.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn get(&self, name: &str) -> Option<Handle> {
        self.0.get(name).cloned()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

// === impl HandlerError ===

impl HandlerError {
    /// It may work later: the event is tried again, as its route says.
    pub fn retryable(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { permanent: false, source: error.into() }
    }

    /// It never will: the event becomes a dead letter at once.
    pub fn permanent(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { permanent: true, source: error.into() }
    }

    pub fn is_permanent(&self) -> bool {
        self.permanent
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for HandlerError {
    fn from(error: E) -> Self {
        Self::retryable(error)
    }
}

/// The error and what lies beneath it. This text goes to the log and to the dead letter.
impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.source)?;
        let mut cause = self.source.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the invoice was not stored")]
    struct NotStored(#[source] io::Error);

    #[test]
    fn any_error_is_tried_again_and_tells_its_causes() {
        let fails = || -> Result<(), HandlerError> { Err(NotStored(io::Error::other("disk full")))? };
        let error = fails().unwrap_err();
        assert!(!error.is_permanent());
        assert_eq!(error.to_string(), "the invoice was not stored: disk full");
        assert!(HandlerError::permanent("no such customer").is_permanent());
    }
}
