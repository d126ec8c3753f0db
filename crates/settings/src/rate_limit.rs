//! `[rate_limit]`, and an endpoint's own `rate_limit`.

use serde::Serialize;

use crate::environment;
use crate::section::Section;
use crate::shape::{Key, Kind, Shape};

/// Limits on accepted requests of one endpoint. Absent means no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RateLimit {
    pub requests_per_minute: Option<u32>,
    pub requests_per_hour: Option<u32>,
    /// Requests within one second.
    pub burst_limit: Option<u32>,
    /// Seconds for which an address that went over a limit is blocked; absent: it is only refused.
    pub block_duration: Option<u64>,
    pub scope: LimitScope,
}

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitScope {
    /// Each client address has the limits to itself.
    #[default]
    Address,
    /// All addresses share them.
    Endpoint,
}

const SCOPES: Kind = Kind::OneOf(&["address", "endpoint"]);
const SCOPE: &str = "Whose requests the limits count: each address's by itself, or those of the endpoint as a whole. An \
                     address that goes over is blocked alone in both.";

const MINUTE: &str = "Requests within any 60 seconds; 0: no limit.";
const HOUR: &str = "Requests within any 3600 seconds; 0: no limit.";
const BURST: &str = "Requests within any one second; 0: no limit.";
const BLOCK: &str =
    "Seconds for which an address that goes over a limit is blocked; 0: it is refused, not blocked.";

pub(crate) static RATE_LIMIT: Shape = Shape {
    title: "[rate_limit]",
    about: "Limits for endpoints that name none. Only requests with a valid signature count.",
    keys: &[
        Key::new(
            "requests_per_minute",
            Kind::COUNT,
            "Requests within any 60 seconds; 0: no limit. `DEFAULT_RATE_LIMIT` overrides it.",
        )
        .default("60"),
        Key::new("requests_per_hour", Kind::COUNT, HOUR).default("0"),
        Key::new("burst_limit", Kind::COUNT, BURST).default("0"),
        Key::new("block_duration", Kind::COUNT, BLOCK).default("0"),
        Key::new("scope", SCOPES, SCOPE).default("\"address\""),
    ],
};

pub(crate) static OWN_RATE_LIMIT: Shape = Shape {
    title: "an endpoint's rate_limit",
    about: "The endpoint's own limits. A key left out is taken from `[rate_limit]`.",
    keys: &[
        Key::new("requests_per_minute", Kind::COUNT, MINUTE),
        Key::new("requests_per_hour", Kind::COUNT, HOUR),
        Key::new("burst_limit", Kind::COUNT, BURST),
        Key::new("block_duration", Kind::COUNT, BLOCK),
        Key::new("scope", SCOPES, SCOPE),
    ],
};

/// The limits for endpoints that name none.
pub(crate) fn read(whole: &Section<'_>) -> RateLimit {
    let section = whole.table("rate_limit", &RATE_LIMIT);
    let mut limit = limits(&section, RateLimit::default());
    let over = environment::whole(section.report, "DEFAULT_RATE_LIMIT", 0..=i64::from(u32::MAX));
    if let Some(over) = over.and_then(|n| u32::try_from(n).ok()) {
        limit.requests_per_minute = (over > 0).then_some(over);
    }
    limit
}

/// An endpoint's limits, each falling back on the default one.
pub(crate) fn read_own(endpoint: &Section<'_>, default: RateLimit) -> RateLimit {
    limits(&endpoint.table("rate_limit", &OWN_RATE_LIMIT), default)
}

fn limits(section: &Section<'_>, otherwise: RateLimit) -> RateLimit {
    let limit = |name: &str, otherwise: Option<u32>| match section.whole::<u32>(name) {
        Some(0) => None,
        Some(n) => Some(n),
        None => otherwise,
    };
    let block = otherwise.block_duration.and_then(|n| u32::try_from(n).ok());
    RateLimit {
        requests_per_minute: limit("requests_per_minute", otherwise.requests_per_minute),
        requests_per_hour: limit("requests_per_hour", otherwise.requests_per_hour),
        burst_limit: limit("burst_limit", otherwise.burst_limit),
        block_duration: limit("block_duration", block).map(u64::from),
        scope: match section.text("scope").as_deref() {
            Some("address") => LimitScope::Address,
            Some("endpoint") => LimitScope::Endpoint,
            _ => otherwise.scope,
        },
    }
}
