//! Which dead letters.

use std::collections::VecDeque;

use event::Millis;

use crate::look::EntryId;
use crate::{DeadLetter, Store, StoreError};

/// Those that every filter takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    pub route: Option<String>,
    pub endpoint: Option<String>,
    /// A part of the error, in any case.
    pub error: Option<String>,
    /// Given up at or after this, by Redis' clock.
    pub since: Option<Millis>,
    /// Given up before this.
    pub until: Option<Millis>,
}

/// A letter that was chosen; the rest of it is read again when it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    pub id: String,
    pub event_id: String,
    pub route: String,
}

/// The end of the stream, as far as it was asked for, oldest first.
#[derive(Debug, Default)]
pub struct Newest {
    pub letters: VecDeque<DeadLetter>,
    /// There are others before them.
    pub more: bool,
}

/// Letters read at once: each may hold a body of some megabytes.
const PAGE: usize = 50;

// === impl Choice ===

impl Choice {
    pub fn takes(&self, letter: &DeadLetter) -> bool {
        let is = |wanted: &Option<String>, name: &str| {
            wanted.as_ref().is_none_or(|wanted| letter.text(name) == wanted)
        };
        let holds = |part: &String| letter.text("error").to_lowercase().contains(&part.to_lowercase());
        is(&self.route, "route")
            && is(&self.endpoint, "endpoint")
            && self.error.as_ref().is_none_or(holds)
            && self.since.is_none_or(|since| letter.at() >= Some(since))
            && self.until.is_none_or(|until| letter.at() < Some(until))
    }

    /// Where the looking begins: an entry's id starts with its time.
    pub fn start(&self) -> String {
        self.since.map_or_else(|| "-".to_owned(), |since| since.0.to_string())
    }
}

// === impl Chosen ===

impl From<&DeadLetter> for Chosen {
    fn from(letter: &DeadLetter) -> Self {
        let text = |name: &str| letter.text(name).to_owned();
        Self { id: letter.id.clone(), event_id: text("event_id"), route: text("route") }
    }
}

impl Store {
    /// The letters taken at this moment, oldest first: those that die meanwhile, perhaps again, are not among them.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn choose(&self, choice: &Choice) -> Result<Vec<Chosen>, StoreError> {
        let end = self.newest_dead_letters(1).await?.first().and_then(|letter| EntryId::parse(&letter.id));
        let (mut chosen, mut cursor) = (Vec::new(), end.map(|_| choice.start()));
        let past = |letter: &DeadLetter| {
            EntryId::parse(&letter.id) > end || choice.until.is_some_and(|until| letter.at() >= Some(until))
        };
        while let Some(from) = cursor {
            let page = self.dead_letters(&from, PAGE).await?;
            let taken = page.letters.iter().filter(|letter| choice.takes(letter) && !past(letter));
            chosen.extend(taken.map(Chosen::from));
            cursor = page.next.filter(|_| !page.letters.last().is_some_and(past));
        }
        Ok(chosen)
    }

    /// The newest `most` that are taken; and whether there are more.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn newest_of(&self, choice: &Choice, most: usize) -> Result<Newest, StoreError> {
        let mut newest = Newest::default();
        if *choice == Choice::default() {
            let mut letters = self.newest_dead_letters(most.saturating_add(1)).await?;
            newest.more = letters.len() > most;
            letters.truncate(most);
            newest.letters = letters.into_iter().rev().collect();
            return Ok(newest);
        }
        let mut cursor = Some(choice.start());
        while let Some(from) = cursor {
            let page = self.dead_letters(&from, PAGE).await?;
            cursor = page.next;
            for letter in page.letters.into_iter().filter(|letter| choice.takes(letter)) {
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
