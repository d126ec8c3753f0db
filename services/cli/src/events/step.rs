//! One step of an event's life.

use event::Millis;
use serde_json::{Map, Value};
use stream::{DeadLetter, Place};

use crate::output::{harmless, shortened};
use crate::style::{Style, Tone};

/// What happened to an event, or where it is: a word, a time where it is known, and facts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    /// `received`; then where it is now: `queued`, `working`, `waiting`, `dead`, or `gone` from Redis.
    pub(crate) name: &'static str,
    pub(crate) at: Option<Millis>,
    pub(crate) facts: Vec<(&'static str, Value)>,
}

const LONGEST_FACT: usize = 200;

// === impl Step ===

impl Step {
    pub(crate) fn new(name: &'static str, at: Option<Millis>) -> Self {
        Self { name, at, facts: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.facts.push((name, value.into()));
        self
    }

    /// Where it is now. A dead letter says much more than its place: see [`Step::of_letter`].
    pub(crate) fn of_place(place: &Place) -> Self {
        match place {
            Place::Events => Self::new("queued", None).with("stream", "events"),
            Place::Jobs { route, priority, attempts } => Self::new("working", None)
                .with("stream", format!("jobs:{priority}"))
                .with("route", route.as_str())
                .with("attempts", *attempts),
            Place::Retry { route, attempts, error } => Self::new("waiting", None)
                .with("stream", "retry")
                .with("route", route.as_str())
                .with("attempts", *attempts)
                .with("error", error.as_str()),
            Place::Dead { id, attempts, error } => Self::new("dead", None)
                .with("stream", "dead")
                .with("dead_letter", id.as_str())
                .with("attempts", *attempts)
                .with("error", error.as_str()),
        }
    }

    /// A dead letter, as far as attempts and end: it knows when each was.
    pub(crate) fn of_letter(letter: &DeadLetter) -> Self {
        let mut step = Self::new("dead", time(letter, "last_at")).with("stream", "dead");
        step = step.with("dead_letter", letter.id.as_str());
        let json = letter.to_json();
        for name in ["route", "handler", "attempts", "status", "reason", "error", "first_at"] {
            step = step.with(name, json.get(name).cloned().unwrap_or_default());
        }
        step
    }

    pub(crate) fn json(&self, event: &str) -> Value {
        let mut object = Map::new();
        object.insert("event_id".to_owned(), event.into());
        object.insert("step".to_owned(), self.name.into());
        object.insert("at".to_owned(), self.at.map(|at| at.to_string()).into());
        object.extend(self.facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        object.into()
    }

    pub(crate) fn line(&self, style: Style) -> String {
        let at = self.at.map_or_else(|| "now".to_owned(), |at| at.to_string());
        let tone = if self.name == "dead" { Tone::Bad } else { Tone::Strong };
        let facts = self.facts.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("  {name} {}", shortened(&harmless(&text), LONGEST_FACT))
        });
        format!("{at:<24}  {}{}", style.paint(tone, &format!("{:<8}", self.name)), facts.collect::<String>())
    }
}

pub(crate) fn time(letter: &DeadLetter, field: &str) -> Option<Millis> {
    letter.text(field).parse().ok().map(Millis)
}
