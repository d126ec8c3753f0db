//! The archive in PostgreSQL, where there is one.

use archiver::{ArchivedEvent, FindError, Query};
use service::{Environment, Failure};

/// Where the archive is.
pub(crate) fn address() -> Option<String> {
    Environment::default().get("DATABASE_URL")
}

/// Events that fit, newest first. A database in which no archiver ever started has none.
pub(crate) async fn find(address: &str, query: &Query) -> Result<Vec<ArchivedEvent>, Failure> {
    match archiver::find(address, query).await {
        Ok(events) => Ok(events),
        Err(FindError::NoTable) => Ok(Vec::new()),
        Err(error @ FindError::Address(_)) => Err(Failure::Usage(error.to_string())),
        Err(error @ FindError::Away { .. }) => Err(Failure::Unreachable(error.to_string())),
    }
}
