//! Which dead letters.

use std::collections::VecDeque;

use event::Millis;
use service::Failure;
use stream::{DeadLetter, EntryId, Store};

use crate::time::Moment;

/// Those that every filter takes.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Filters {
    /// Of this route
    #[arg(long, value_name = "ROUTE")]
    pub(crate) route: Option<String>,
    /// Given up at or after this: 15m, 2h, 1d ago, or a time such as 2026-01-31T09:30:00Z
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    pub(crate) since: Option<Moment>,
    /// Whose error holds this text, in any case
    #[arg(long, value_name = "TEXT")]
    pub(crate) error: Option<String>,
}

/// Those of these ids, or those that every filter takes.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(required = true, multiple = true, args = ["ids", "route", "since", "error", "all"])]
pub(crate) struct Choice {
    /// Ids of dead letters, such as 1700000000000-0
    #[arg(value_name = "ID", value_parser = parse_id, conflicts_with_all = ["route", "since", "error", "all"])]
    pub(crate) ids: Vec<String>,
    #[command(flatten)]
    pub(crate) filters: Filters,
    /// All there are
    #[arg(long, conflicts_with_all = ["route", "since", "error"])]
    pub(crate) all: bool,
}

/// Letters read at once: each may hold a body of some megabytes.
const PAGE: usize = 50;

// === impl Filters ===

impl Filters {
    pub(crate) fn take_all(&self) -> bool {
        self.route.is_none() && self.since.is_none() && self.error.is_none()
    }

    pub(crate) fn takes(&self, letter: &DeadLetter) -> bool {
        let holds = |part: &String| letter.text("error").to_lowercase().contains(&part.to_lowercase());
        self.route.as_ref().is_none_or(|route| letter.text("route") == route)
            && self.error.as_ref().is_none_or(holds)
    }

    /// Where the looking begins: an entry's id starts with its time.
    pub(crate) fn start(&self, now: Millis) -> String {
        self.since.map_or_else(|| "-".to_owned(), |since| since.at(now).0.to_string())
    }

    /// The newest `most` that the filters take, oldest first; and whether there are more.
    pub(crate) async fn newest(&self, store: &Store, most: usize) -> Result<Newest, Failure> {
        let mut newest = Newest::default();
        if self.take_all() {
            let mut letters = store.newest_dead_letters(most.saturating_add(1)).await?;
            newest.more = letters.len() > most;
            letters.truncate(most);
            newest.letters = letters.into_iter().rev().collect();
            return Ok(newest);
        }
        let mut cursor = Some(self.start(Millis::now()));
        while let Some(from) = cursor {
            let page = store.dead_letters(&from, PAGE).await?;
            cursor = page.next;
            for letter in page.letters.into_iter().filter(|letter| self.takes(letter)) {
                newest.letters.push_back(letter);
                if newest.letters.len() > most {
                    newest.letters.pop_front();
                    newest.more = true;
                }
            }
        }
        Ok(newest)
    }
}

/// The end of the stream, as far as it was asked for.
#[derive(Debug, Default)]
pub(crate) struct Newest {
    pub(crate) letters: VecDeque<DeadLetter>,
    /// There are others before them.
    pub(crate) more: bool,
}

/// A letter that was chosen; the rest of it is read again when it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) id: String,
    pub(crate) event_id: String,
    pub(crate) route: String,
    /// It was named, but is not there.
    pub(crate) missing: bool,
}

// === impl Choice ===

impl Choice {
    pub(crate) fn by_filter(&self) -> bool {
        self.ids.is_empty()
    }

    /// The letters chosen at this moment: those that die meanwhile, perhaps again, are not among them.
    pub(crate) async fn choose(&self, store: &Store) -> Result<Vec<Chosen>, Failure> {
        let mut chosen = Vec::new();
        for id in &self.ids {
            let letter = store.dead_letter(id).await?;
            chosen.push(letter.as_ref().map_or_else(|| Chosen::missing(id), Chosen::of));
        }
        if self.by_filter() {
            let filters = &self.filters;
            let end =
                store.newest_dead_letters(1).await?.first().and_then(|letter| EntryId::parse(&letter.id));
            let mut cursor = end.map(|_| filters.start(Millis::now()));
            while let Some(from) = cursor {
                let page = store.dead_letters(&from, PAGE).await?;
                let in_time = |letter: &&DeadLetter| EntryId::parse(&letter.id) <= end;
                chosen.extend(
                    page.letters
                        .iter()
                        .filter(in_time)
                        .filter(|letter| filters.takes(letter))
                        .map(Chosen::of),
                );
                cursor = page.next;
            }
        }
        Ok(chosen)
    }
}

// === impl Chosen ===

impl Chosen {
    fn of(letter: &DeadLetter) -> Self {
        let text = |name: &str| letter.text(name).to_owned();
        Self { id: letter.id.clone(), event_id: text("event_id"), route: text("route"), missing: false }
    }

    fn missing(id: &str) -> Self {
        Self { id: id.to_owned(), event_id: String::new(), route: String::new(), missing: true }
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
