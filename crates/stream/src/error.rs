//! What can go wrong between us and Redis.

use redis::RedisError;

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
    /// Redis refused the step: wrong type, an error in a script.
    #[error("Redis refused: {0}")]
    Refused(#[source] RedisError),
    /// The address of Redis can't be understood.
    #[error("`{url}` is not the address of a Redis server: {source}")]
    Address { url: String, source: RedisError },
}

impl From<RedisError> for StoreError {
    fn from(error: RedisError) -> Self {
        match error.code() {
            Some("NOGROUP") => Self::NoGroup(error),
            Some("OOM") => Self::Full(error),
            Some(
                "LOADING" | "READONLY" | "MASTERDOWN" | "CLUSTERDOWN" | "MOVED" | "ASK" | "TRYAGAIN"
                | "UNBLOCKED",
            ) => Self::NotReady(error),
            _ if error.is_timeout() => Self::TimedOut,
            _ if error.is_io_error() || error.is_connection_dropped() || error.is_connection_refusal() => {
                Self::Unreachable(error)
            }
            _ => Self::Refused(error),
        }
    }
}

impl StoreError {
    /// One of several that went together was refused, in these words.
    pub(crate) fn refused(words: &str) -> Self {
        Self::Refused(RedisError::from((
            redis::ErrorKind::Server(redis::ServerErrorKind::ResponseError),
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
            Self::TimedOut => true,
            _ => false,
        }
    }

    /// May the same step succeed a moment later?
    pub fn may_pass(&self) -> bool {
        !matches!(self, Self::Address { .. })
    }
}
