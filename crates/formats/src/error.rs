//! Why a body was refused.

use std::borrow::Cow;

use crate::Format;

/// Why a body can't be read. Names what and where, and holds nothing of the body itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// Not what it should be written in.
    #[error("the body is not valid {}: {what} (at byte {offset})", format.title())]
    Malformed { format: Format, what: Cow<'static, str>, offset: usize },
    /// Well formed as far as it was read, but beyond a limit.
    #[error("the body is too complex: {what} (at byte {offset})")]
    TooComplex { format: Format, what: Excess, offset: usize },
}

/// The limit that was passed; the number is what would have been allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Excess {
    #[error("it is nested more than {0} levels deep")]
    Depth(usize),
    #[error("it has more than {0} values")]
    Nodes(usize),
    #[error("it has more than {0} fields")]
    Pairs(usize),
}

// === impl FormatError ===

impl FormatError {
    /// The contract's word for this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "malformed_body",
            Self::TooComplex { .. } => "body_too_complex",
        }
    }

    /// Where in the body it was noticed, in bytes from 0. In JSON this may be the byte beside it.
    pub fn offset(&self) -> usize {
        match self {
            Self::Malformed { offset, .. } | Self::TooComplex { offset, .. } => *offset,
        }
    }

    pub(crate) fn malformed(format: Format, what: impl Into<Cow<'static, str>>, offset: usize) -> Self {
        Self::Malformed { format, what: what.into(), offset }
    }
}
