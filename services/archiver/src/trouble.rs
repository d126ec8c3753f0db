//! What can go wrong between us and PostgreSQL.

use std::fmt;

use tokio_postgres::error::SqlState;

/// A statement that was not carried out. Its message holds nothing of the rows: PostgreSQL's details would.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("{}", Plain(.0))]
    Refused(#[from] tokio_postgres::Error),
    #[error("it did not answer in time")]
    Silent,
}

/// An error in PostgreSQL's words without its details, or with the causes that the driver leaves out.
struct Plain<'e>(&'e tokio_postgres::Error);

// === impl Trouble ===

impl Trouble {
    /// Is what we sent to blame, so that sending it again is of no use?
    pub(crate) fn is_of_the_row(&self) -> bool {
        // Classes of SQLSTATE: data exception, integrity violated, program limit exceeded.
        self.state()
            .is_some_and(|state| ["22", "23", "54"].iter().any(|class| state.code().starts_with(class)))
    }

    pub(crate) fn state(&self) -> Option<&SqlState> {
        match self {
            Self::Refused(error) => error.code(),
            Self::Silent => None,
        }
    }
}

// === impl Plain ===

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(error) = self.0.as_db_error() {
            return write!(f, "{} ({})", error.message(), error.code().code());
        }
        write!(f, "{}", self.0)?;
        let causes = std::iter::successors(std::error::Error::source(self.0), |cause| cause.source());
        causes.into_iter().try_for_each(|cause| write!(f, ": {cause}"))
    }
}
