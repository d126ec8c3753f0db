//! Why a job could not be delivered.

use std::fmt;

/// The kind of end, as `webhook_dead_letters_total` counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Every attempt failed.
    Exhausted,
    /// The handler answered that trying again is of no use (4xx).
    Refused,
    /// The handler answered 410: it no longer exists.
    Gone,
    /// The route names a handler that the configuration does not have.
    UnknownHandler,
    /// The job ended several workers in a row.
    Poison,
    /// The stream's entry could not be read.
    Malformed,
}

impl Reason {
    pub const ALL: [Self; 6] =
        [Self::Exhausted, Self::Refused, Self::Gone, Self::UnknownHandler, Self::Poison, Self::Malformed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exhausted => "exhausted",
            Self::Refused => "refused",
            Self::Gone => "gone",
            Self::UnknownHandler => "unknown_handler",
            Self::Poison => "poison",
            Self::Malformed => "malformed",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
