//! How complex a body may be, and the count of what was met so far.

use crate::{Excess, Format, FormatError};

/// What a body may contain at most. The size in bytes is the caller's to limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Objects, arrays or elements within one another. JSON is never read deeper than 126, whatever is said here.
    pub max_depth: usize,
    /// Values of JSON, elements and attributes of XML, parts of field names of a form.
    pub max_nodes: usize,
    /// Fields of a form.
    pub max_pairs: usize,
}

/// Nodes met so far, against the limits.
#[derive(Debug)]
pub(crate) struct Budget<'l> {
    limits: &'l Limits,
    nodes: usize,
}

// === impl Limits ===

impl Default for Limits {
    fn default() -> Self {
        Self { max_depth: 64, max_nodes: 100_000, max_pairs: 1_000 }
    }
}

// === impl Budget ===

impl<'l> Budget<'l> {
    pub(crate) fn new(limits: &'l Limits) -> Self {
        Self { limits, nodes: 0 }
    }

    /// Counts one node.
    pub(crate) fn spend(&mut self) -> Result<(), Excess> {
        self.nodes += 1;
        if self.nodes > self.limits.max_nodes { Err(Excess::Nodes(self.limits.max_nodes)) } else { Ok(()) }
    }

    /// May there be a container with this many around it and itself?
    pub(crate) fn descend(&self, depth: usize) -> Result<(), Excess> {
        if depth > self.limits.max_depth { Err(Excess::Depth(self.limits.max_depth)) } else { Ok(()) }
    }
}

// === impl Excess ===

impl Excess {
    /// This excess as the verdict on a body.
    pub(crate) fn at(self, format: Format, offset: usize) -> FormatError {
        FormatError::TooComplex { format, what: self, offset }
    }
}
