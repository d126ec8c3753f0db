//! One look at everything, and what happened between two.

use event::Millis;
use serde::Serialize;
use serde_json::{Value, json};
use service::Report;
use stream::{Consumer, DeadLetter, Store, StoreError};

/// What Redis says at one moment.
pub(crate) struct Reading {
    pub(crate) at: Millis,
    pub(crate) report: Report,
    pub(crate) consumers: Vec<Consumer>,
    /// The newest first.
    pub(crate) dead: Vec<DeadLetter>,
}

/// How much happened in a second.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Rates {
    pub(crate) accepted: f64,
    pub(crate) refused: f64,
    pub(crate) delivered: f64,
    pub(crate) retried: f64,
    pub(crate) dead: f64,
}

/// Dead letters shown.
const NEWEST: usize = 5;

// === impl Reading ===

impl Reading {
    pub(crate) async fn take(store: &Store) -> Result<Self, StoreError> {
        let at = Millis::now();
        let (report, consumers, dead) =
            tokio::try_join!(Report::make(store, at), store.consumers(), store.newest_dead_letters(NEWEST))?;
        Ok(Self { at, report, consumers, dead })
    }

    pub(crate) fn rates(&self, before: &Self) -> Rates {
        let seconds = self.at.since(before.at).as_secs_f64().max(0.001);
        // Counters go back only with Redis itself.
        let rate = |of: fn(&Report) -> u64| {
            let more = of(&self.report).saturating_sub(of(&before.report));
            (more as f64 / seconds * 10.0).round() / 10.0
        };
        Rates {
            accepted: rate(|report| report.requests.success),
            refused: rate(|report| report.requests.failed),
            delivered: rate(|report| report.processing.delivered),
            retried: rate(|report| report.processing.retried),
            dead: rate(|report| report.processing.dead),
        }
    }

    pub(crate) fn to_json(&self, rates: &Rates) -> Value {
        let worker = |consumer: &Consumer| {
            json!({
                "name": consumer.name,
                "pending": consumer.pending,
                "idle_seconds": consumer.idle.as_secs_f64(),
            })
        };
        let letter = |letter: &DeadLetter| {
            let text = |name: &str| letter.text(name).to_owned();
            json!({ "id": letter.id, "event_id": text("event_id"), "route": text("route"), "error": text("error") })
        };
        json!({
            "at": self.at.to_string(),
            "rates": rates,
            "requests": self.report.requests,
            "security": self.report.security,
            "processing": self.report.processing,
            "queues": self.report.queues,
            "workers": self.consumers.iter().map(worker).collect::<Vec<_>>(),
            "dead_letters": self.dead.iter().map(letter).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use stream::Counters;

    use super::*;

    fn reading(at: u64, accepted: f64, dead: f64) -> Reading {
        let mut totals = Counters::default();
        totals.add("webhook_requests_total{endpoint=\"a\",status=\"accepted\"}", accepted);
        totals.add("webhook_dead_letters_total{reason=\"gone\",route=\"r\"}", dead);
        let report = Report::from(&totals, &[], 0);
        Reading { at: Millis(at), report, consumers: Vec::new(), dead: Vec::new() }
    }

    #[test]
    fn rates_are_of_a_second_however_long_it_was() {
        let (before, now) = (reading(1000, 10.0, 1.0), reading(3000, 15.0, 1.0));
        assert_eq!(now.rates(&before), Rates { accepted: 2.5, ..Rates::default() });
        assert_eq!(before.rates(&now), Rates::default(), "Redis came back without its data");
    }
}
