//! `[handlers.NAME]`: where jobs go.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use signature::Secret;
use url::Url;

use crate::address::{self, Origin};
use crate::shape::{Key, Kind, Shape};

mod read;
mod headers;

pub(crate) use read::read;

/// Something that takes events.
#[derive(Debug, Clone)]
pub struct Handler {
    pub name: String,
    pub kind: HandlerKind,
    /// Limit of one call, for routes that name none.
    pub timeout: Duration,
    /// Calls under way at once, in one worker process.
    pub concurrency: usize,
    /// Calls begun in one second, in one worker process; 0: no limit.
    pub rate_per_second: u32,
}

#[derive(Clone)]
pub enum HandlerKind {
    /// A POST to `url`.
    Http {
        url: Url,
        /// Signs what is sent, as Standard Webhooks.
        signing_secret: Option<Secret>,
        /// May `url` lead to a private or loopback address?
        allow_private: bool,
        /// Sent with every call; values may be credentials.
        headers: Vec<(String, SecretString)>,
    },
    /// An entry of this Redis stream.
    Stream { stream: String },
    /// A line in the log.
    Log,
    /// Rust code, registered in the worker under the handler's name.
    Registered,
}

pub(crate) static HANDLER: Shape = Shape {
    title: "a handler",
    about: "Where jobs go: `[handlers.NAME]`, named by routes.",
    keys: &[
        Key::new(
            "type",
            Kind::OneOf(&["http", "stream", "log", "rust"]),
            "`http` posts to `url`; `stream` adds to a Redis stream; `log` writes a log line; `rust` calls the code \
             registered under the handler's name in a worker of your own.",
        )
        .required(),
        Key::new("url", address::HTTP, "`http`: where to post. `${NAME}` may stand in it."),
        Key::new(
            "signing_secret",
            Kind::Secret,
            "`http`: signs what is sent, by the Standard Webhooks specification. Unsigned if absent.",
        ),
        Key::new(
            "allow_private",
            Kind::Flag,
            "`http`: may `url` lead to a private or loopback address? Leave it false for addresses that somebody \
             else chose.",
        )
        .default("false"),
        Key::new(
            "headers",
            Kind::Named(&Kind::Secret),
            "`http`: headers sent with every call. `${NAME}` may stand in a value.",
        ),
        Key::new("stream", Kind::Text, "`stream`: the stream's key in Redis."),
        Key::new("timeout", Kind::SECONDS, "Seconds of one call, for routes that name no timeout.").default("10"),
        Key::new(
            "concurrency",
            Kind::Whole { min: 1, max: 65_536 },
            "Calls under way at once, in one worker process.",
        )
        .default("64"),
        Key::new(
            "rate_per_second",
            Kind::COUNT,
            "Calls begun in one second, in one worker process; 0: no limit.",
        )
        .default("0"),
    ],
};

// === impl HandlerKind ===

impl fmt::Debug for HandlerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http { url, signing_secret, allow_private, headers } => f
                .debug_struct("Http")
                .field("url", &Origin(url))
                .field("signing_secret", signing_secret)
                .field("allow_private", allow_private)
                .field("headers", &headers.iter().map(|(name, _)| name).collect::<Vec<_>>())
                .finish(),
            Self::Stream { stream } => f.debug_struct("Stream").field("stream", stream).finish(),
            Self::Log => f.write_str("Log"),
            Self::Registered => f.write_str("Registered"),
        }
    }
}
