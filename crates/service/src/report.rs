//! `GET /metrics` as JSON: the sum over all processes.

use std::collections::BTreeMap;

use event::Millis;
use serde::Serialize;
use stream::{Counters, Depth, Store, StoreError};

use crate::catalog;

/// What the contract's JSON says.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub requests: Requests,
    pub security: Security,
    pub queues: BTreeMap<String, Queue>,
    pub processing: Processing,
    pub endpoints: BTreeMap<String, EndpointReport>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Requests {
    pub total: u64,
    pub success: u64,
    pub failed: u64,
    /// Percent.
    pub success_rate: f64,
    /// Seconds.
    pub avg_response_time: f64,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Security {
    pub signature_failures: u64,
    pub rate_limit_hits: u64,
    pub blocked_addresses: u64,
}

#[derive(Debug, Clone, Serialize)]
pub struct Queue {
    pub depth: u64,
    pub pending: u64,
    pub lag_seconds: f64,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Processing {
    pub delivered: u64,
    pub retried: u64,
    pub dead: u64,
}

/// The same for one endpoint.
#[derive(Debug, Clone, Default, Serialize)]
pub struct EndpointReport {
    #[serde(flatten)]
    pub requests: Requests,
    pub signature_failures: u64,
    pub rate_limit_hits: u64,
}

// === impl Report ===

impl Report {
    /// Asks Redis for everything.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn make(store: &Store, now: Millis) -> Result<Self, StoreError> {
        let totals = store.totals().await?;
        let depths = store.depths(now).await?;
        let blocked = store.blocked_now(now).await?;
        Ok(Self::from(&totals, &depths, blocked))
    }

    /// What these numbers say.
    pub fn from(totals: &Counters, depths: &[Depth], blocked: u64) -> Self {
        let mut endpoints: BTreeMap<String, EndpointReport> = BTreeMap::new();
        let mut all = Requests::default();
        for (labels, count) in family(totals, catalog::REQUESTS) {
            let (endpoint, status) = (label(labels, "endpoint"), label(labels, "status"));
            all.count(&status, count);
            endpoints.entry(endpoint).or_default().requests.count(&status, count);
        }
        let mut seconds = 0.0;
        for (labels, spent) in family(totals, catalog::ENDPOINT_TIME) {
            seconds += spent;
            endpoints.entry(label(labels, "endpoint")).or_default().requests.spend(spent);
        }
        all.spend(seconds);
        for (labels, count) in family(totals, catalog::SIGNATURE_FAILURES) {
            endpoints.entry(label(labels, "endpoint")).or_default().signature_failures += whole(count);
        }
        for (labels, count) in family(totals, catalog::RATE_LIMIT_HITS) {
            endpoints.entry(label(labels, "endpoint")).or_default().rate_limit_hits += whole(count);
        }
        let deliveries = |outcome: &str| {
            whole(
                family(totals, catalog::DELIVERIES)
                    .filter(|(l, _)| label(l, "outcome") == outcome)
                    .map(|(_, n)| n)
                    .sum(),
            )
        };
        Self {
            requests: all,
            security: Security {
                signature_failures: sum(totals, catalog::SIGNATURE_FAILURES),
                rate_limit_hits: sum(totals, catalog::RATE_LIMIT_HITS),
                blocked_addresses: blocked,
            },
            queues: depths.iter().map(|depth| (depth.stream.clone(), Queue::from(depth))).collect(),
            processing: Processing {
                delivered: deliveries("delivered"),
                retried: sum(totals, catalog::RETRIES),
                dead: sum(totals, catalog::DEAD_LETTERS),
            },
            endpoints,
        }
    }
}

// === impl Requests ===

impl Requests {
    fn count(&mut self, status: &str, count: f64) {
        self.total += whole(count);
        if matches!(status, "accepted" | "duplicate" | "handshake") {
            self.success += whole(count);
        } else {
            self.failed += whole(count);
        }
        self.success_rate = self.success as f64 * 100.0 / self.total.max(1) as f64;
    }

    fn spend(&mut self, seconds: f64) {
        self.avg_response_time = seconds / self.total.max(1) as f64;
    }
}

impl From<&Depth> for Queue {
    fn from(depth: &Depth) -> Self {
        Self { depth: depth.depth, pending: depth.pending, lag_seconds: depth.oldest.as_secs_f64() }
    }
}

/// The series of one metric: their labels as written, and their values.
fn family<'c>(totals: &'c Counters, name: &'static str) -> impl Iterator<Item = (&'c str, f64)> {
    let series = totals.0.range(name.to_owned()..).take_while(move |(series, _)| series.starts_with(name));
    series.filter_map(move |(series, value)| {
        let labels = &series[name.len()..];
        (labels.is_empty() || labels.starts_with('{')).then_some((labels, *value))
    })
}

fn sum(totals: &Counters, name: &'static str) -> u64 {
    whole(family(totals, name).map(|(_, value)| value).sum())
}

/// A label's value; our own labels hold no escapes but in names that an operator chose.
fn label(labels: &str, name: &str) -> String {
    let found = labels.split_once(&format!("{name}=\"")).and_then(|(_, rest)| rest.split_once('"'));
    found.map(|(value, _)| value.to_owned()).unwrap_or_default()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counters are whole and never negative"
)]
fn whole(count: f64) -> u64 {
    count.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_made_over_all_and_by_endpoint() {
        let mut totals = Counters::default();
        totals.add("webhook_requests_total{endpoint=\"a\",status=\"accepted\"}", 3.0);
        totals.add("webhook_requests_total{endpoint=\"a\",status=\"invalid_signature\"}", 1.0);
        totals.add("webhook_requests_total{endpoint=\"b\",status=\"duplicate\"}", 3.0);
        totals.add("webhook_requests_total{endpoint=\"b\",status=\"handshake\"}", 1.0);
        totals.add("webhook_endpoint_response_seconds_total{endpoint=\"a\"}", 2.0);
        totals.add("webhook_signature_failures_total{endpoint=\"a\",reason=\"invalid_signature\"}", 1.0);
        totals.add("webhook_deliveries_total{outcome=\"delivered\",route=\"r\"}", 5.0);
        let report = Report::from(&totals, &[], 2);
        assert_eq!((report.requests.total, report.requests.success, report.requests.failed), (8, 7, 1));
        assert_eq!(report.requests.success_rate, 87.5);
        assert_eq!(report.requests.avg_response_time, 0.25);
        assert_eq!(report.endpoints["a"].requests.avg_response_time, 0.5);
        assert_eq!(report.endpoints["a"].signature_failures, 1);
        assert_eq!(report.security.blocked_addresses, 2);
        assert_eq!(report.processing.delivered, 5);
    }
}
