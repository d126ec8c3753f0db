//! A job that could not be delivered, with why.

use std::fmt;

use crate::{Job, Millis};

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

/// What `hs:{0}:dead` keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The stream's entry id, by which operators name it.
    pub id: String,
    pub job: Job,
    pub reason: String,
    pub error: String,
    /// The last HTTP status; none if the handler gave no answer.
    pub status: Option<u16>,
    pub last_at: Millis,
}

impl Reason {
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
