//! Every metric, in one place: name, kind, and what it tells.

/// Prometheus' kinds, as far as we use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// A metric's name and meaning.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    pub help: &'static str,
    /// Names of its labels; the page of metrics shows a metric without any from the start, as 0.
    pub labels: &'static [&'static str],
}

pub const REQUESTS: &str = "webhook_requests_total";
pub const RESPONSE_TIME: &str = "webhook_response_time_seconds";
pub const ENDPOINT_TIME: &str = "webhook_endpoint_response_seconds_total";
pub const SIGNATURE_FAILURES: &str = "webhook_signature_failures_total";
pub const SIGNATURE_MATCHES: &str = "webhook_signature_matches_total";
pub const RATE_LIMIT_HITS: &str = "webhook_rate_limit_hits_total";
pub const BLOCKED_ADDRESSES: &str = "webhook_blocked_addresses";
pub const ROUTED: &str = "webhook_events_routed_total";
pub const UNROUTED: &str = "webhook_events_unrouted_total";
pub const DELIVERIES: &str = "webhook_deliveries_total";
pub const DELIVERY_TIME: &str = "webhook_delivery_seconds";
pub const RETRIES: &str = "webhook_retries_total";
pub const DEFERRED: &str = "webhook_deferred_total";
pub const DEAD_LETTERS: &str = "webhook_dead_letters_total";
pub const DEAD_LETTERS_EXPIRED: &str = "webhook_dead_letters_expired_total";
pub const DEAD_LETTER_RETENTION: &str = "webhook_dead_letter_retention_used";
pub const REPLAYS: &str = "webhook_replays_total";
pub const QUEUE_DEPTH: &str = "webhook_queue_depth";
pub const QUEUE_OLDEST: &str = "webhook_queue_oldest_seconds";
pub const END_TO_END: &str = "webhook_end_to_end_seconds";
pub const RECLAIMED: &str = "webhook_reclaimed_total";
pub const SPOOLED: &str = "webhook_spooled_total";
pub const SPOOL_DRAINED: &str = "webhook_spool_drained_total";
pub const SPOOL_REFUSED: &str = "webhook_spool_refused_total";
pub const SPOOL_DAMAGED: &str = "webhook_spool_damaged_total";
pub const ARCHIVED: &str = "webhook_archived_total";

const fn metric(name: &'static str, kind: Kind, help: &'static str) -> Metric {
    Metric { name, kind, help, labels: &[] }
}

impl Metric {
    const fn by(self, labels: &'static [&'static str]) -> Self {
        Self { labels, ..self }
    }
}

/// All of them, in the order in which they are shown.
pub const METRICS: &[Metric] = &[
    metric(
        REQUESTS,
        Kind::Counter,
        "Requests by endpoint and outcome: accepted, duplicate, handshake, or the refusal's code.",
    )
    .by(&["endpoint", "status"]),
    metric(RESPONSE_TIME, Kind::Histogram, "Time from a request's head to its answer, in seconds."),
    metric(ENDPOINT_TIME, Kind::Counter, "Seconds spent answering, by endpoint.").by(&["endpoint"]),
    metric(
        SIGNATURE_FAILURES,
        Kind::Counter,
        "Requests refused for their signature, by endpoint and reason.",
    )
    .by(&["endpoint", "reason"]),
    metric(SIGNATURE_MATCHES, Kind::Counter, "Requests verified, by endpoint and the secret's fingerprint.")
        .by(&["endpoint", "key"]),
    metric(RATE_LIMIT_HITS, Kind::Counter, "Requests over a limit, by endpoint and limit.")
        .by(&["endpoint", "limit"]),
    metric(BLOCKED_ADDRESSES, Kind::Gauge, "Addresses blocked now."),
    metric(ROUTED, Kind::Counter, "Jobs made from events, by route.").by(&["route"]),
    metric(UNROUTED, Kind::Counter, "Events that no route matched."),
    metric(DELIVERIES, Kind::Counter, "Attempts by route and outcome: delivered, retried or dead.")
        .by(&["route", "outcome"]),
    metric(DELIVERY_TIME, Kind::Histogram, "Time of one handler call, in seconds."),
    metric(RETRIES, Kind::Counter, "Attempts put off to later, by route.").by(&["route"]),
    metric(
        DEFERRED,
        Kind::Counter,
        "Jobs put back for a while without an attempt, since their handler had no place for them.",
    )
    .by(&["handler"]),
    metric(DEAD_LETTERS, Kind::Counter, "Jobs given up, by route and reason.").by(&["route", "reason"]),
    metric(
        DEAD_LETTERS_EXPIRED,
        Kind::Counter,
        "Dead letters that left Redis since their time was up: archived or discarded.",
    )
    .by(&["how"]),
    metric(
        DEAD_LETTER_RETENTION,
        Kind::Gauge,
        "Share of the time or room for dead letters that is used, of the partition with most; 1 is all.",
    ),
    metric(REPLAYS, Kind::Counter, "Dead letters started again, by route.").by(&["route"]),
    metric(QUEUE_DEPTH, Kind::Gauge, "Entries in a stream.").by(&["stream"]),
    metric(QUEUE_OLDEST, Kind::Gauge, "Age of a stream's oldest entry, in seconds.").by(&["stream"]),
    metric(END_TO_END, Kind::Histogram, "Time from acceptance to delivery, in seconds."),
    metric(
        RECLAIMED,
        Kind::Counter,
        "Entries taken over from a consumer that died or fell silent, by service.",
    )
    .by(&["service"]),
    metric(SPOOLED, Kind::Counter, "Events taken onto disk while Redis was away, by endpoint.")
        .by(&["endpoint"]),
    metric(SPOOL_DRAINED, Kind::Counter, "Events handed on from disk to Redis, by endpoint.")
        .by(&["endpoint"]),
    metric(
        SPOOL_REFUSED,
        Kind::Counter,
        "Events that the spool could not take, by reason: full, or disk (it can't be written).",
    )
    .by(&["reason"]),
    metric(SPOOL_DAMAGED, Kind::Counter, "Parts of the spool cut off, passed over or set aside."),
    metric(ARCHIVED, Kind::Counter, "Events stored in PostgreSQL."),
];

/// Upper bounds of the histograms' buckets, in seconds.
pub const BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];
