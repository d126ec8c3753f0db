//! `[redis]`: where everything is kept.

use std::fmt;
use std::time::Duration;

use url::Url;

use crate::secret;
use crate::section::Section;
use crate::shape::{Key, Kind, Shape};

/// The Redis that holds the streams.
#[derive(Clone, PartialEq)]
pub struct Redis {
    /// May hold a password: print [`Redis::place`] instead.
    pub url: String,
    /// First part of every key: `hs` in `hs:{0}:events`.
    pub prefix: String,
    /// How long a consumer may hold an entry before another takes it for dead.
    pub lease: Duration,
}

const SCHEMES: &[&str] = &["redis", "rediss", "redis+unix", "unix", "valkey", "valkeys"];

pub(crate) static REDIS: Shape = Shape {
    title: "[redis]",
    about: "The Redis that holds the streams, limits and counters.",
    keys: &[
        Key::new("url", Kind::Url(SCHEMES), "Where Redis is. `REDIS_URL` overrides it.")
            .default("\"redis://127.0.0.1:6379\""),
        Key::new("prefix", Kind::Text, "First part of every key: letters, digits, `-`, `_`, `.` and `:`.")
            .default("\"hs\""),
        Key::new(
            "lease",
            Kind::SECONDS,
            "Seconds after which an entry held by a consumer that went silent is given to another. Must be longer \
             than every timeout of a route or handler, or slow deliveries would be made twice.",
        )
        .default("30"),
    ],
};

// === impl Redis ===

impl Redis {
    /// The address without its user name and password.
    pub fn place(&self) -> String {
        let Ok(mut url) = Url::parse(&self.url) else { return "redis".to_owned() };
        // Neither can be set on an address without a host, and then neither is there.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_query(None);
        url.to_string()
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (place, prefix, lease) = (self.place(), &self.prefix, &self.lease);
        f.debug_struct("Redis").field("url", &place).field("prefix", prefix).field("lease", lease).finish()
    }
}

pub(crate) fn read(whole: &Section<'_>) -> Redis {
    let section = whole.table("redis", &REDIS);
    let redis = Redis {
        url: address(&section),
        prefix: section.text("prefix").unwrap_or_default(),
        lease: section.seconds("lease"),
    };
    // A brace would move the partition tag, and with it the cluster slot.
    let proper = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    if redis.prefix.is_empty() || !redis.prefix.chars().all(proper) {
        section
            .mistake("prefix", "`prefix` may hold letters, digits, `-`, `_`, `.` and `:`, and at least one");
    }
    redis
}

fn address(section: &Section<'_>) -> String {
    let report = section.report;
    let good = |text: &str| Url::parse(text).is_ok_and(|url| SCHEMES.contains(&url.scheme()));
    let expected = "such as redis://127.0.0.1:6379";
    if let Some(text) = (report.env)("REDIS_URL").filter(|text| !text.is_empty()) {
        if !good(&text) {
            report.environment(format!("REDIS_URL must be the URL of a Redis, {expected}"));
        }
        return text;
    }
    let text = section.text("url").unwrap_or_default();
    let Some(url) = secret::resolve_text(report, &text, &section.place("url")) else { return text };
    if !good(&url) {
        section.mistake("url", format!("`url` must be the URL of a Redis, {expected}"));
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_debug_nor_place_shows_the_password() {
        let redis = Redis {
            url: "redis://app:hunter2@db:6379/1".to_owned(),
            prefix: "hs".to_owned(),
            lease: Duration::from_secs(30),
        };
        assert_eq!(redis.place(), "redis://db:6379/1");
        assert!(!format!("{redis:?}").contains("hunter2"));
    }
}
