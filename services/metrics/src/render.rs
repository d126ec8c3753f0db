//! A sample as Prometheus' text format.

use std::collections::BTreeMap;
use std::fmt::Write;

use service::catalog::{self, BUCKETS, Kind, METRICS, Metric};
use stream::Counters;

use crate::sample::Sample;
use crate::series::Series;

type Labels<'t> = Vec<(&'t str, &'t str)>;

/// The totals by metric; what can't be read is left out.
struct Families<'t>(BTreeMap<&'t str, Vec<(Series<'t>, f64)>>);

/// What was shipped of one histogram.
#[derive(Default)]
struct Histogram<'t> {
    buckets: BTreeMap<&'t str, f64>,
    sum: f64,
    count: f64,
}

/// Every metric of the catalog in its order, with or without values.
pub(crate) fn render(sample: &Sample) -> String {
    let families = Families::of(&sample.totals);
    let mut page = String::new();
    for metric in METRICS {
        head(&mut page, metric);
        match metric.kind {
            Kind::Counter => counter(&mut page, metric, &families),
            Kind::Gauge => gauge(&mut page, metric, sample),
            Kind::Histogram => histogram(&mut page, metric, &families),
        }
    }
    page
}

fn head(page: &mut String, metric: &Metric) {
    let kind = match metric.kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    };
    put(page, format_args!("# HELP {} {}\n# TYPE {} {kind}", metric.name, metric.help, metric.name));
}

fn counter(page: &mut String, metric: &Metric, families: &Families<'_>) {
    let mut sums: BTreeMap<Labels<'_>, (&Series<'_>, f64)> = BTreeMap::new();
    for (series, value) in families.of_name(metric.name) {
        sums.entry(series.sorted()).or_insert((series, 0.0)).1 += value;
    }
    if sums.is_empty() && metric.labels.is_empty() {
        put(page, format_args!("{} 0", metric.name));
    }
    for (series, value) in sums.values() {
        put(page, format_args!("{series} {value}"));
    }
}

fn gauge(page: &mut String, metric: &Metric, sample: &Sample) {
    let name = metric.name;
    if name == catalog::BLOCKED_ADDRESSES {
        return put(page, format_args!("{name} {}", sample.blocked));
    }
    if name == catalog::DEAD_LETTER_RETENTION {
        return put(page, format_args!("{name} {}", sample.retention));
    }
    for depth in &sample.depths {
        let value = match name {
            catalog::QUEUE_DEPTH => depth.depth as f64,
            _ => depth.oldest.as_secs_f64(),
        };
        put(page, format_args!("{name}{{stream=\"{}\"}} {value}", depth.stream));
    }
}

fn histogram(page: &mut String, metric: &Metric, families: &Families<'_>) {
    let mut found = families.histograms(metric.name);
    if found.is_empty() && metric.labels.is_empty() {
        found.insert(Vec::new(), Histogram::default());
    }
    for (labels, histogram) in &found {
        histogram.write(page, metric.name, labels);
    }
}

fn put(page: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(page, "{line}").expect("a String takes everything");
}

// === impl Families ===

impl<'t> Families<'t> {
    fn of(totals: &'t Counters) -> Self {
        let mut families: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for (text, value) in &totals.0 {
            match Series::parse(text).filter(|_| value.is_finite()) {
                Some(series) => families.entry(series.name).or_default().push((series, *value)),
                None => tracing::debug!(series = %text, "the totals hold what is no series; it is not shown"),
            }
        }
        Self(families)
    }

    fn of_name(&self, name: &str) -> impl Iterator<Item = &(Series<'t>, f64)> {
        self.0.get(name).into_iter().flatten()
    }

    /// The histograms of this name by their labels but `le`.
    fn histograms(&self, name: &str) -> BTreeMap<Labels<'t>, Histogram<'t>> {
        let mut found: BTreeMap<Labels<'_>, Histogram<'_>> = BTreeMap::new();
        for (series, value) in self.of_name(&format!("{name}_bucket")) {
            let mut series = series.clone();
            if let Some(bound) = series.take("le") {
                *found.entry(series.sorted()).or_default().buckets.entry(bound).or_default() += value;
            }
        }
        for (series, value) in self.of_name(&format!("{name}_sum")) {
            found.entry(series.sorted()).or_default().sum += value;
        }
        for (series, value) in self.of_name(&format!("{name}_count")) {
            found.entry(series.sorted()).or_default().count += value;
        }
        found
    }
}

// === impl Histogram ===

impl Histogram<'_> {
    /// All buckets: what is shipped leaves out those below the first that holds something. A bound that an
    /// earlier version did not have holds at least what the one below it holds.
    fn write(&self, page: &mut String, name: &str, labels: &Labels<'_>) {
        let written = Series { name: "", labels: labels.clone() }.to_string();
        let before = written.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let before = before.map(|labels| format!("{labels},")).unwrap_or_default();
        let mut so_far = 0.0_f64;
        for bound in BUCKETS.iter().map(f64::to_string) {
            so_far = self.buckets.get(bound.as_str()).map_or(so_far, |count| so_far.max(*count));
            put(page, format_args!("{name}_bucket{{{before}le=\"{bound}\"}} {so_far}"));
        }
        let all = so_far.max(self.count);
        put(page, format_args!("{name}_bucket{{{before}le=\"+Inf\"}} {all}"));
        put(page, format_args!("{name}_sum{written} {}", self.sum));
        put(page, format_args!("{name}_count{written} {all}"));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use stream::Depth;

    use super::*;

    fn page(totals: &[(&str, f64)]) -> String {
        let mut sample = Sample::default();
        for (series, value) in totals {
            sample.totals.add(series, *value);
        }
        render(&sample)
    }

    /// The lines of one metric.
    fn lines<'p>(page: &'p str, name: &str) -> Vec<&'p str> {
        page.lines().filter(|line| line.starts_with(name)).collect()
    }

    #[test]
    fn without_values_every_metric_is_described_and_those_without_labels_are_zero() {
        let page = page(&[]);
        for metric in METRICS {
            assert!(
                page.contains(&format!("# HELP {} {}\n# TYPE {} ", metric.name, metric.help, metric.name))
            );
        }
        assert!(lines(&page, "webhook_requests_total").is_empty());
        assert_eq!(lines(&page, "webhook_events_unrouted_total"), ["webhook_events_unrouted_total 0"]);
        assert_eq!(lines(&page, "webhook_blocked_addresses"), ["webhook_blocked_addresses 0"]);
        let empty = lines(&page, "webhook_delivery_seconds");
        assert_eq!(empty.len(), BUCKETS.len() + 3);
        assert!(empty.iter().all(|line| line.ends_with(" 0")));
    }

    #[test]
    fn counters_are_as_they_were_counted() {
        let page = page(&[
            ("webhook_requests_total{endpoint=\"a\",status=\"accepted\"}", 12_345_678.0),
            ("webhook_requests_total{endpoint=\"b \\\"\\\\\",status=\"x\"}", 1.0),
            ("webhook_endpoint_response_seconds_total{endpoint=\"a\"}", 0.125),
        ]);
        let expected = [
            "webhook_requests_total{endpoint=\"a\",status=\"accepted\"} 12345678",
            "webhook_requests_total{endpoint=\"b \\\"\\\\\",status=\"x\"} 1",
        ];
        assert_eq!(lines(&page, "webhook_requests_total"), expected);
        assert!(page.contains("\nwebhook_endpoint_response_seconds_total{endpoint=\"a\"} 0.125\n"));
    }

    #[test]
    fn one_series_written_in_two_ways_is_one_line() {
        let page = page(&[
            ("webhook_deliveries_total{outcome=\"delivered\",route=\"r\"}", 2.0),
            ("webhook_deliveries_total{route=\"r\",outcome=\"delivered\"}", 3.0),
        ]);
        let line = "webhook_deliveries_total{outcome=\"delivered\",route=\"r\"} 5";
        assert_eq!(lines(&page, "webhook_deliveries_total"), [line]);
    }

    #[test]
    fn what_would_spoil_the_page_is_left_out() {
        let page =
            page(&[("webhook_retries_total{route=\"", 1.0), ("nonsense total", 1.0), ("unknown", 1.0)]);
        assert!(!page.contains("nonsense") && !page.contains("unknown 1"));
        assert!(lines(&page, "webhook_retries_total").is_empty());
    }

    #[test]
    fn a_histogram_has_all_its_buckets() {
        let page = page(&[
            ("webhook_end_to_end_seconds_bucket{le=\"0.5\"}", 2.0),
            ("webhook_end_to_end_seconds_bucket{le=\"1\"}", 5.0),
            ("webhook_end_to_end_seconds_bucket{le=\"10\"}", 6.0),
            ("webhook_end_to_end_seconds_bucket{le=\"+Inf\"}", 7.0),
            ("webhook_end_to_end_seconds_sum", 99.5),
            ("webhook_end_to_end_seconds_count", 7.0),
        ]);
        let name = "webhook_end_to_end_seconds";
        let mut expected: Vec<String> =
            ["0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25"]
                .map(|bound| format!("{name}_bucket{{le=\"{bound}\"}} 0"))
                .into();
        // 2.5 was never shipped: it holds what is below it.
        for (bound, count) in [("0.5", 2), ("1", 5), ("2.5", 5), ("10", 6), ("60", 6), ("+Inf", 7)] {
            expected.push(format!("{name}_bucket{{le=\"{bound}\"}} {count}"));
        }
        expected.extend([format!("{name}_sum 99.5"), format!("{name}_count 7")]);
        assert_eq!(lines(&page, name), expected);
    }

    #[test]
    fn streams_are_measured() {
        let oldest = Duration::from_millis(1500);
        let depth = Depth { stream: "jobs:high".to_owned(), depth: 3, pending: 1, oldest };
        let page = render(&Sample { depths: vec![depth], blocked: 4, retention: 0.25, ..Sample::default() });
        assert!(page.contains("\nwebhook_queue_depth{stream=\"jobs:high\"} 3\n"));
        assert!(page.contains("\nwebhook_queue_oldest_seconds{stream=\"jobs:high\"} 1.5\n"));
        assert!(page.contains("\nwebhook_blocked_addresses 4\n"));
        assert!(page.contains("\nwebhook_dead_letter_retention_used 0.25\n"));
    }

    #[test]
    fn every_metric_is_in_the_documentation() {
        let page = include_str!("../../../docs/metrics.md");
        for metric in METRICS {
            let kind = format!("{:?}", metric.kind).to_lowercase();
            let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
            let labels = labels.join(", ");
            let labels = if labels.is_empty() { String::new() } else { format!(" {labels}") };
            let row = format!("| `{}` | {kind} |{labels} | {} |", metric.name, metric.help);
            assert!(page.contains(&row), "docs/metrics.md lacks this row, to the letter:\n{row}");
        }
        let rows = page.lines().filter(|line| line.starts_with("| `webhook_")).count();
        assert_eq!(rows, METRICS.len(), "docs/metrics.md describes a metric that is not in the catalog");
        let bounds = BUCKETS.map(|bound| bound.to_string()).join(", ");
        assert!(page.contains(&bounds), "docs/metrics.md lacks the buckets: {bounds}");
    }
}
