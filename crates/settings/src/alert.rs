//! `[[alerts]]`: when to tell somebody.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use url::Url;

use crate::address::{self, Origin};
use crate::section::Section;
use crate::shape::{Key, Kind, Shape};

/// Fires when `metric` reaches `threshold` over `window`; goes to the log, and to `url` if there is one.
#[derive(Clone, PartialEq)]
pub struct Alert {
    pub name: String,
    pub metric: AlertMetric,
    /// Percent for a failure rate and a retention, else a number of happenings within `window`.
    pub threshold: f64,
    pub window: Duration,
    /// May hold a token in its path: not for logs.
    pub url: Option<Url>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlertMetric {
    /// Percent of requests that were not accepted.
    FailureRate,
    SignatureFailures,
    RateLimitHits,
    DeadLetters,
    /// Percent of what `[dead_letters]` keeps that is used, of its time or of its room.
    DeadLetterRetention,
}

pub(crate) static ALERT: Shape = Shape {
    title: "an alert",
    about: "Fires when `metric` reaches `threshold` over `window`, and is resolved when it no longer does; both are \
            logged, and posted to `url` if there is one.",
    keys: &[
        Key::new("name", Kind::Text, "What the alert is called.").required(),
        Key::new(
            "metric",
            Kind::OneOf(&[
                "failure_rate",
                "signature_failures",
                "rate_limit_hits",
                "dead_letters",
                "dead_letter_retention",
            ]),
            "What is watched. `failure_rate` is a percentage of the requests; `dead_letter_retention` one of the time or \
             room that `[dead_letters]` gives, at this moment; the others are counts.",
        )
        .required(),
        Key::new(
            "threshold",
            Kind::Number { min: 0.0, max: 1e12 },
            "Percent for `failure_rate` (at most 100) and `dead_letter_retention`, else how many within `window`.",
        )
        .required(),
        Key::new("window", Kind::SECONDS, "Seconds looked back on.").default("300"),
        Key::new("url", address::HTTP, "Where to post the alert as JSON. `${NAME}` may stand in it."),
    ],
};

// === impl AlertMetric ===

impl AlertMetric {
    pub const ALL: [Self; 5] = [
        Self::FailureRate,
        Self::SignatureFailures,
        Self::RateLimitHits,
        Self::DeadLetters,
        Self::DeadLetterRetention,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::FailureRate => "failure_rate",
            Self::SignatureFailures => "signature_failures",
            Self::RateLimitHits => "rate_limit_hits",
            Self::DeadLetters => "dead_letters",
            Self::DeadLetterRetention => "dead_letter_retention",
        }
    }
}

impl fmt::Display for AlertMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

// === impl Alert ===

impl fmt::Debug for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alert")
            .field("name", &self.name)
            .field("metric", &self.metric)
            .field("threshold", &self.threshold)
            .field("window", &self.window)
            .field("url", &self.url.as_ref().map(Origin))
            .finish()
    }
}

pub(crate) fn read(whole: &Section<'_>) -> Vec<Alert> {
    let sections = whole.tables("alerts", &ALERT);
    let mut names = BTreeSet::new();
    for name in sections.iter().filter_map(|section| section.text_at("name")) {
        if !names.insert(name.value.clone()) {
            whole.report.mistake(&name.span, format!("there is already an alert `{}`", name.value));
        }
    }
    sections.iter().filter_map(alert).collect()
}

fn alert(section: &Section<'_>) -> Option<Alert> {
    let url = address::read(section, "url");
    let metric = section.text("metric")?;
    let metric = AlertMetric::ALL.into_iter().find(|known| known.as_str() == metric)?;
    let threshold = section.number("threshold");
    if metric == AlertMetric::FailureRate && threshold > 100.0 {
        section.mistake("threshold", format!("a failure rate is at most 100 percent, not {threshold}"));
    }
    Some(Alert { name: section.text("name")?, metric, threshold, window: section.seconds("window"), url })
}
