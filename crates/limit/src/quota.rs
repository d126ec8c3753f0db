//! Where a client stands against each limit, as response headers say it.

use std::fmt::{self, Write};
use std::time::Duration;

/// A span of time within which requests are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    /// One second: `burst_limit`.
    Second,
    Minute,
    Hour,
}

/// One limit, and what is left of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    pub window: Window,
    pub limit: u32,
    pub remaining: u32,
    /// Until the oldest request that counts no longer does.
    pub reset: Duration,
}

/// All limits that apply to a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quotas(pub Vec<Quota>);

// === impl Window ===

impl Window {
    pub(crate) const ALL: [Self; 3] = [Self::Second, Self::Minute, Self::Hour];

    /// The word in headers and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Second => "burst",
            Self::Minute => "minute",
            Self::Hour => "hour",
        }
    }

    pub fn length(self) -> Duration {
        match self {
            Self::Second => Duration::from_secs(1),
            Self::Minute => Duration::from_secs(60),
            Self::Hour => Duration::from_secs(3600),
        }
    }

    /// For a sentence: `60 requests a minute`.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

// === impl Quotas ===

impl Quotas {
    /// The value of `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10): `"minute";q=60;w=60`. None where
    /// nothing is limited.
    pub fn policy_header(&self) -> Option<String> {
        self.header(|text, quota| write!(text, ";q={};w={}", quota.limit, quota.window.length().as_secs()))
    }

    /// The value of `RateLimit`, of the same draft: `"minute";r=59;t=23`; `t` is the number of seconds until more is
    /// left.
    pub fn limit_header(&self) -> Option<String> {
        self.header(|text, quota| write!(text, ";r={};t={}", quota.remaining, seconds_up(quota.reset)))
    }

    fn header(&self, each: impl Fn(&mut String, &Quota) -> fmt::Result) -> Option<String> {
        let mut text = String::new();
        for quota in &self.0 {
            let separator = if text.is_empty() { "" } else { ", " };
            write!(text, "{separator}\"{}\"", quota.window).ok()?;
            each(&mut text, quota).ok()?;
        }
        (!text.is_empty()).then_some(text)
    }
}

/// Whole seconds, rounded up: whoever waits that long has waited enough. As `Retry-After` says it.
pub fn seconds_up(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_those_of_the_draft() {
        let quota = |window, limit, remaining, ms| Quota {
            window,
            limit,
            remaining,
            reset: Duration::from_millis(ms),
        };
        let quotas =
            Quotas(vec![quota(Window::Minute, 60, 59, 22_001), quota(Window::Hour, 1000, 0, 3_600_000)]);
        assert_eq!(quotas.policy_header().unwrap(), r#""minute";q=60;w=60, "hour";q=1000;w=3600"#);
        assert_eq!(quotas.limit_header().unwrap(), r#""minute";r=59;t=23, "hour";r=0;t=3600"#);
        assert_eq!(Quotas::default().policy_header(), None);
        assert_eq!(Quotas::default().limit_header(), None);
    }
}
