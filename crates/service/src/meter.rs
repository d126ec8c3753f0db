//! What this process has counted, until it is shipped.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use stream::{Counters, Outbox, Store};

use crate::Stop;
use crate::catalog::BUCKETS;

const SHIP_EVERY: Duration = Duration::from_secs(1);

/// Counters and histograms of one process. Cheap to clone; clones count together.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    counted: Arc<Mutex<Counted>>,
    outbox: Arc<tokio::sync::Mutex<Outbox>>,
}

#[derive(Debug, Default)]
struct Counted {
    counters: Counters,
    histograms: HashMap<&'static str, Histogram>,
    /// Where the name of a series is put together: most are counted again and again, and known already.
    text: String,
}

#[derive(Debug, Default, Clone, Copy)]
struct Histogram {
    /// How many fell into each bucket; the last is beyond all bounds.
    counts: [u64; BUCKETS.len() + 1],
    sum: f64,
}

// === impl Meter ===

impl Meter {
    pub fn count(&self, name: &str, labels: &[(&str, &str)]) {
        self.add(name, labels, 1.0);
    }

    pub fn add(&self, name: &str, labels: &[(&str, &str)], by: f64) {
        let mut counted = self.counted();
        let Counted { counters, text, .. } = &mut *counted;
        text.clear();
        write_series(text, name, labels);
        counters.add(text, by);
    }

    pub fn observe(&self, name: &'static str, time: Duration) {
        let seconds = time.as_secs_f64();
        let place = BUCKETS.iter().position(|bound| seconds <= *bound).unwrap_or(BUCKETS.len());
        let mut counted = self.counted();
        let histogram = counted.histograms.entry(name).or_default();
        histogram.counts[place] += 1;
        histogram.sum += seconds;
    }

    /// Hands over what was counted since the last shipment. What can't be shipped is kept.
    pub async fn ship(&self, store: &Store) {
        let mut outbox = self.outbox.lock().await;
        if let Err(error) = store.ship(&mut outbox, || self.take()).await {
            tracing::debug!(%error, "counters could not be shipped; they are kept for the next time");
        }
    }

    fn take(&self) -> Counters {
        let counted = std::mem::take(&mut *self.counted());
        let mut counters = counted.counters;
        for (name, histogram) in counted.histograms {
            histogram.write(name, &mut counters);
        }
        counters
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        // A panic while counting leaves numbers, not a broken structure.
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Histogram ===

impl Histogram {
    /// As Prometheus counts: each bucket holds all that are not above its bound.
    fn write(&self, name: &str, counters: &mut Counters) {
        let bounds = BUCKETS.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
        let mut so_far = 0;
        for (bound, count) in bounds.zip(self.counts) {
            so_far += count;
            if so_far > 0 {
                counters.add(&series(&format!("{name}_bucket"), &[("le", &bound)]), so_far as f64);
            }
        }
        counters.add(&format!("{name}_sum"), self.sum);
        counters.add(&format!("{name}_count"), so_far as f64);
    }
}

/// `name{label="value",…}` as Prometheus writes it.
pub fn series(name: &str, labels: &[(&str, &str)]) -> String {
    let mut text = String::new();
    write_series(&mut text, name, labels);
    text
}

fn write_series(text: &mut String, name: &str, labels: &[(&str, &str)]) {
    text.push_str(name);
    for (place, (label, value)) in labels.iter().enumerate() {
        text.push(if place == 0 { '{' } else { ',' });
        text.push_str(label);
        text.push_str("=\"");
        for part in value.split_inclusive(['\\', '"', '\n']) {
            let escaped = part.chars().next_back().and_then(escape);
            let plain = part.len() - usize::from(escaped.is_some());
            text.push_str(&part[..plain]);
            text.push_str(escaped.unwrap_or_default());
        }
        text.push('"');
    }
    if !labels.is_empty() {
        text.push('}');
    }
}

/// How a label's value holds what would break out of it.
fn escape(c: char) -> Option<&'static str> {
    match c {
        '\\' => Some("\\\\"),
        '"' => Some("\\\""),
        '\n' => Some("\\n"),
        _ => None,
    }
}

/// Ships every second, and a last time when asked to stop.
pub async fn ship_until(meter: Meter, store: Store, stop: Stop) {
    while stop.sleep(SHIP_EVERY).await {
        meter.ship(&store).await;
    }
    meter.ship(&store).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_all_that_is_not_above_their_bound() {
        let meter = Meter::default();
        for ms in [1, 3, 700] {
            meter.observe("t", Duration::from_millis(ms));
        }
        let counters = meter.take().0;
        assert_eq!(counters.get("t_bucket{le=\"0.0005\"}"), None);
        assert_eq!(counters["t_bucket{le=\"0.001\"}"], 1.0);
        assert_eq!(counters["t_bucket{le=\"0.5\"}"], 2.0);
        assert_eq!(counters["t_bucket{le=\"+Inf\"}"], 3.0);
        assert_eq!(counters["t_count"], 3.0);
    }

    #[test]
    fn a_label_cannot_break_out_of_its_quotes() {
        assert_eq!(series("n", &[("a", "x\"}\n")]), "n{a=\"x\\\"}\\n\"}");
        assert_eq!(series("n", &[("a", "\\é\"\"b"), ("c", "")]), "n{a=\"\\\\é\\\"\\\"b\",c=\"\"}");
        assert_eq!(series("n", &[]), "n");
    }

    #[test]
    fn what_was_taken_is_not_counted_again() {
        let meter = Meter::default();
        meter.count("c", &[("a", "b")]);
        assert_eq!(meter.take().0["c{a=\"b\"}"], 1.0);
        assert!(meter.take().is_empty());
    }
}
