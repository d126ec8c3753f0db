//! What can go wrong between us and Redis.

use redis::{ErrorKind, RedisError};

use crate::tls;

/// A step in Redis that did not happen, or of which we do not know whether it did.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// No connection, or it broke. Whether the last step happened is not known.
    #[error("Redis can't be reached: {0}")]
    Unreachable(#[source] RedisError),
    /// No answer in time. The step may have happened all the same.
    #[error("Redis did not answer in time")]
    TimedOut,
    /// Redis has no memory left for new events (`-OOM`). Nothing was written.
    #[error("Redis is full: {0}")]
    Full(#[source] RedisError),
    /// A stream lost its consumer group: Redis came back without its data.
    #[error("a consumer group is missing: {0}")]
    NoGroup(#[source] RedisError),
    /// No server takes the step just now: it is loading, or another is becoming the master, or its keys are moving to
    /// another node. Nothing was written.
    #[error("Redis is not ready: {0}")]
    NotReady(#[source] RedisError),
    /// Redis can't write to its disk (`-MISCONF`), and takes nothing that it could not keep.
    #[error("Redis can't write to its disk: {0}")]
    CannotSave(#[source] RedisError),
    /// Redis does not know our user or password, or does not let it do this.
    #[error("Redis does not let us in: {0}")]
    Denied(#[source] RedisError),
    /// We do not trust the server, or it does not trust us, or it does not speak TLS. Nothing was sent.
    #[error("no TLS with Redis: {0}")]
    Tls(String),
    /// Redis has it, but fewer replicas than asked for said so in time (or `-NOREPLICAS`).
    #[error("{0}")]
    TooFewReplicas(String),
    /// Redis refused the step: wrong type, an error in a script.
    #[error("Redis refused: {0}")]
    Refused(#[source] RedisError),
    /// The address of Redis can't be understood.
    #[error("`{url}` is not the address of a Redis server: {source}")]
    Address { url: String, source: RedisError },
}

impl From<RedisError> for StoreError {
    fn from(error: RedisError) -> Self {
        match code(&error).as_deref() {
            Some("NOGROUP") => Self::NoGroup(error),
            Some("OOM") => Self::Full(error),
            Some(
                "LOADING" | "READONLY" | "MASTERDOWN" | "CLUSTERDOWN" | "MOVED" | "ASK" | "TRYAGAIN"
                | "UNBLOCKED" | "BUSY",
            ) => Self::NotReady(error),
            Some("MISCONF") => Self::CannotSave(error),
            Some("NOREPLICAS") => Self::TooFewReplicas(error.to_string()),
            Some("NOAUTH" | "WRONGPASS" | "NOPERM" | "DENIED") => Self::Denied(error),
            _ if error.kind() == ErrorKind::AuthenticationFailed => Self::Denied(error),
            _ if error.kind() == ErrorKind::InvalidClientConfig => Self::unusable(&error),
            _ if let Some(why) = tls::mistrust(&error) => Self::Tls(why),
            _ if error.is_timeout() => Self::TimedOut,
            _ if error.is_io_error() || error.is_connection_dropped() || error.is_connection_refusal() => {
                Self::Unreachable(error)
            }
            _ => Self::Refused(error),
        }
    }
}

impl StoreError {
    /// What is wrong with certificates that no server was shown yet.
    pub(crate) fn unusable(error: &RedisError) -> Self {
        Self::Tls(format!("a certificate or key of ours can't be used: {error}"))
    }

    /// One of several that went together was refused, in these words.
    pub(crate) fn refused(words: &str) -> Self {
        Self::Refused(RedisError::from((
            ErrorKind::Server(redis::ServerErrorKind::ResponseError),
            "refused",
            words.to_owned(),
        )))
    }

    /// Is there nobody to hear us?
    pub(crate) fn is_away(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::TimedOut)
    }

    /// May Redis have executed the step all the same?
    pub fn may_have_happened(&self) -> bool {
        match self {
            Self::Unreachable(error) => !error.is_connection_refusal(),
            Self::TimedOut | Self::TooFewReplicas(_) => true,
            _ => false,
        }
    }

    /// May the same step succeed a moment later?
    pub fn may_pass(&self) -> bool {
        !matches!(self, Self::Address { .. })
    }

    /// Is it Redis that can't take anything just now, whatever it is offered?
    pub fn is_outage(&self) -> bool {
        !matches!(self, Self::Address { .. } | Self::Refused(_) | Self::NoGroup(_))
    }
}

/// The server's word for what is wrong; of several commands sent together, that of the first that failed.
fn code(error: &RedisError) -> Option<String> {
    if let Some(code) = error.code() {
        return Some(code.to_owned());
    }
    let errors = error.clone().into_server_errors()?;
    errors.first().map(|(_, error)| error.code().to_owned())
}
