//! What may be counted, at 0 until it is: Prometheus takes a new series for one that has always been as it is first
//! seen, so that the first dead letter would be no increase, and no alert.

use event::Reason;
use service::{catalog, meter};
use settings::Settings;
use stream::Counters;

/// Adds each route's dead letters, by reason; an event that can't be read is of no route.
pub(crate) fn add_known(totals: &mut Counters, settings: &Settings) {
    let routes = settings.rules.routes().iter().map(|route| route.name.as_str());
    for route in routes.chain([""]) {
        for reason in Reason::ALL {
            let labels = [("reason", reason.as_str()), ("route", route)];
            totals.add(&meter::series(catalog::DEAD_LETTERS, &labels), 0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_letters_of_every_route_are_shown_before_there_are_any() {
        let file = "[[routes]]\nname = \"r\"\nhandler = \"h\"\n[handlers.h]\ntype = \"log\"\n";
        let settings = settings::parse(file, "hookstream.toml", &|_| None).unwrap();
        let counted = "webhook_dead_letters_total{reason=\"gone\",route=\"r\"}";
        let mut totals = Counters::default();
        totals.add(counted, 2.0);
        add_known(&mut totals, &settings);
        assert_eq!(totals.0[counted], 2.0);
        assert_eq!(totals.0["webhook_dead_letters_total{reason=\"exhausted\",route=\"r\"}"], 0.0);
        assert_eq!(totals.0["webhook_dead_letters_total{reason=\"malformed\",route=\"\"}"], 0.0);
        assert_eq!(totals.0.len(), 2 * Reason::ALL.len());
    }
}
