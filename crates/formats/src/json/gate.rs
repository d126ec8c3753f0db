//! Where every value passes: the limits, and which of them stopped us.

use serde::de::Error;

use crate::Excess;
use crate::limits::Budget;

/// The budget, and the excess that ended the parse: serde's errors have no place for it.
#[derive(Debug)]
pub(crate) struct Gate<'l> {
    budget: Budget<'l>,
    excess: Option<Excess>,
}

// === impl Gate ===

impl<'l> Gate<'l> {
    pub(crate) fn new(budget: Budget<'l>) -> Self {
        Self { budget, excess: None }
    }

    /// A scalar.
    pub(crate) fn value<E: Error>(&mut self) -> Result<(), E> {
        let verdict = self.budget.spend();
        self.stop(verdict)
    }

    /// An object or an array, itself the `depth`th.
    pub(crate) fn container<E: Error>(&mut self, depth: usize) -> Result<(), E> {
        let verdict = self.budget.descend(depth).and_then(|()| self.budget.spend());
        self.stop(verdict)
    }

    pub(crate) fn excess(&self) -> Option<Excess> {
        self.excess
    }

    fn stop<E: Error>(&mut self, verdict: Result<(), Excess>) -> Result<(), E> {
        verdict.map_err(|excess| {
            self.excess = Some(excess);
            E::custom("a limit was passed")
        })
    }
}
