//! Which dead letters.

use event::{Millis, Moment};
use service::Failure;
use stream::{Chosen, EntryId, Store};

/// Those that every filter takes.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Filters {
    /// Of this route
    #[arg(long, value_name = "ROUTE")]
    pub(crate) route: Option<String>,
    /// Of events of this endpoint
    #[arg(long, value_name = "ENDPOINT")]
    pub(crate) endpoint: Option<String>,
    /// Given up at or after this: 15m, 2h, 1d ago, or a time such as 2026-01-31T09:30:00Z
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    pub(crate) since: Option<Moment>,
    /// Given up before this
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    pub(crate) until: Option<Moment>,
    /// Whose error holds this text, in any case
    #[arg(long, value_name = "TEXT")]
    pub(crate) error: Option<String>,
}

/// Those of these ids, or those that every filter takes.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(required = true, multiple = true, args = ["ids", "route", "endpoint", "since", "until", "error", "all"])]
pub(crate) struct Choice {
    /// Ids of dead letters, such as 1700000000000-0
    #[arg(value_name = "ID", value_parser = parse_id, conflicts_with_all = ["route", "endpoint", "since", "until", "error", "all"])]
    pub(crate) ids: Vec<String>,
    #[command(flatten)]
    pub(crate) filters: Filters,
    /// All there are
    #[arg(long, conflicts_with_all = ["route", "endpoint", "since", "until", "error"])]
    pub(crate) all: bool,
}

// === impl Filters ===

impl Filters {
    pub(crate) fn at(&self, now: Millis) -> stream::Choice {
        stream::Choice {
            route: self.route.clone(),
            endpoint: self.endpoint.clone(),
            error: self.error.clone(),
            since: self.since.map(|since| since.at(now)),
            until: self.until.map(|until| until.at(now)),
        }
    }
}

/// A letter that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) letter: Chosen,
    /// It was named, but is not there.
    pub(crate) missing: bool,
}

// === impl Choice ===

impl Choice {
    pub(crate) fn by_filter(&self) -> bool {
        self.ids.is_empty()
    }

    /// The letters chosen at this moment: those that die meanwhile, perhaps again, are not among them.
    pub(crate) async fn choose(&self, store: &Store) -> Result<Vec<Wanted>, Failure> {
        let there = |letter| Wanted { letter, missing: false };
        if self.by_filter() {
            let chosen = store.choose(&self.filters.at(Millis::now())).await?;
            return Ok(chosen.into_iter().map(there).collect());
        }
        let mut chosen = Vec::new();
        for id in EntryId::each_once(&self.ids) {
            let letter = store.dead_letter(id).await?;
            chosen.push(letter.map_or_else(|| Wanted::missing(id), |letter| there(Chosen::from(&letter))));
        }
        Ok(chosen)
    }
}

// === impl Wanted ===

impl Wanted {
    fn missing(id: &str) -> Self {
        let letter = Chosen { id: id.to_owned(), event_id: String::new(), route: String::new() };
        Self { letter, missing: true }
    }
}

/// Reads a dead letter's id: milliseconds, a dash, a number, and perhaps its partition.
pub(crate) fn parse_id(text: &str) -> Result<String, String> {
    if text.starts_with("evt_") {
        return Err(format!(
            "that is an event's id; `hookstream events show {text}` says which dead letters it has"
        ));
    }
    let told = "a dead letter's id looks like 1700000000000-0, or 1700000000000-0@3 in another partition";
    EntryId::parse(text).map(|_| text.to_owned()).ok_or_else(|| told.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_two_numbers_and_perhaps_a_partition() {
        assert!(parse_id("1700000000000-0").is_ok());
        assert!(parse_id("1700000000000-0@3").is_ok());
        for wrong in ["", "-", "1700000000000", "a-0", "+1-0", "1-0-0", "99999999999999999999-0", "1-0@"] {
            assert!(parse_id(wrong).is_err(), "{wrong:?}");
        }
        assert!(parse_id("evt_0123").unwrap_err().contains("events show evt_0123"));
    }
}
