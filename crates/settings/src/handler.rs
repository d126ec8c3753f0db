//! `[handlers.NAME]`: where jobs go.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use signature::Secret;
use toml::Spanned;
use toml::de::DeValue;
use url::Url;

use crate::address::{self, Origin};
use crate::secret;
use crate::section::{At, Section};
use crate::shape::{Key, Kind, Shape};

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

/// Headers that the worker sets itself, or that would break the request.
const OURS: &[&str] = &[
    "connection",
    "content-length",
    "content-type",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "traceparent",
    "upgrade",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];

/// Which keys belong to one type only.
const OF_TYPE: &[(&str, &str)] = &[
    ("url", "http"),
    ("signing_secret", "http"),
    ("allow_private", "http"),
    ("headers", "http"),
    ("stream", "stream"),
];

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

/// The handlers that could be read, and the names of all.
pub(crate) fn read(whole: &Section<'_>) -> (BTreeMap<String, Handler>, Vec<String>) {
    let entries = whole.entries("handlers");
    let names = entries.iter().map(|(name, _)| name.value.clone()).collect();
    let handlers = entries.iter().filter_map(|(name, value)| handler(whole, name, value));
    (handlers.map(|handler| (handler.name.clone(), handler)).collect(), names)
}

fn handler(whole: &Section<'_>, name: &At<String>, value: &Spanned<DeValue<'_>>) -> Option<Handler> {
    let section = Section::new(whole.report, &HANDLER, Some(value.get_ref().as_table()?), name.span.clone());
    if name.value.is_empty() || name.value.len() > 64 {
        whole.report.mistake(&name.span, "a handler's name must have 1 to 64 bytes");
    }
    Some(Handler {
        name: name.value.clone(),
        kind: kind(&section)?,
        timeout: section.seconds("timeout"),
        concurrency: section.whole("concurrency").unwrap_or_default(),
        rate_per_second: section.whole("rate_per_second").unwrap_or_default(),
    })
}

fn kind(section: &Section<'_>) -> Option<HandlerKind> {
    let kind = section.text("type")?;
    for (key, owner) in OF_TYPE.iter().filter(|(key, owner)| *owner != kind && section.has(key)) {
        section.mistake(key, format!("`{key}` is for handlers of type {owner}; this one is {kind}"));
    }
    match kind.as_str() {
        "http" => http(section),
        "stream" => stream(section),
        "log" => Some(HandlerKind::Log),
        _ => Some(HandlerKind::Registered),
    }
}

fn http(section: &Section<'_>) -> Option<HandlerKind> {
    if !section.has("url") {
        section.mistake("url", "a handler of type http needs `url`");
    }
    let signing_secret = signing_secret(section);
    let headers = section.entries("headers");
    let headers = headers.iter().filter_map(|(name, value)| header(section, name, value)).collect();
    let allow_private = section.flag("allow_private");
    Some(HandlerKind::Http { url: address::read(section, "url")?, signing_secret, allow_private, headers })
}

fn signing_secret(section: &Section<'_>) -> Option<Secret> {
    let given = section.text_at("signing_secret")?;
    let text = secret::resolve(section.report, &given.value, &given.span)?;
    if text.is_empty() && secret::may_be_absent(&given.value) {
        return None;
    }
    Secret::new(text).map_err(|error| section.mistake("signing_secret", error.to_string())).ok()
}

fn header(
    section: &Section<'_>,
    name: &At<String>,
    value: &Spanned<DeValue<'_>>,
) -> Option<(String, SecretString)> {
    let lower = name.value.to_ascii_lowercase();
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if lower.is_empty() || !lower.chars().all(token) {
        section.report.mistake(&name.span, format!("`{}` can't be the name of a header", name.value));
    } else if OURS.contains(&lower.as_str()) || lower.starts_with("hookstream-") {
        section.report.mistake(&name.span, format!("the worker sets `{}` itself", name.value));
    }
    let text = secret::resolve(section.report, value.get_ref().as_str()?, &value.span())?;
    if text.chars().any(|c| c.is_control() && c != '\t') {
        section.report.mistake(&value.span(), format!("the value of `{}` holds a line break", name.value));
    }
    Some((lower, SecretString::from(text)))
}

fn stream(section: &Section<'_>) -> Option<HandlerKind> {
    let Some(stream) = section.text("stream").filter(|stream| !stream.is_empty()) else {
        section.mistake("stream", "a handler of type stream needs `stream`: the stream's key in Redis");
        return None;
    };
    Some(HandlerKind::Stream { stream })
}
