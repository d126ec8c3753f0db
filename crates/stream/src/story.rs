//! The life of an event as one story: what happened to it, and where it is now.

use event::{EventId, Millis};
use serde_json::{Map, Value};

use crate::life::LifeLine;
use crate::look::{full_id, json_value};
use crate::{Entry, EntryId, Place, Store, StoreError};

/// What happened to an event, or where it is: a word, a time where it is known, and facts.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// `received`, `verified`, `routed`, `delivered`, `failed`, `dead`, `replayed`, `discarded` or `expired`; then where it is
    /// now: `queued`, `working`, `waiting`, `dead`, or `gone` from every stream.
    pub name: String,
    /// None: now.
    pub at: Option<Millis>,
    pub facts: Vec<(String, Value)>,
}

/// What an entry that holds the whole event knows of its arrival.
const ARRIVAL: [&str; 3] = ["endpoint", "source", "event_type"];

/// Of a dead letter, what a story needs.
const OF_LETTER: [&str; 9] =
    ["route", "handler", "attempts", "status", "reason", "error", "first_at", "last_at", "replays"];

impl Store {
    /// All that is known of an event: each step of its life that is still kept, then each place it is in now. Nothing of
    /// one that nobody knows. For people, as [`Store::whereabouts`] is.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn story(&self, event: &EventId) -> Result<Vec<Step>, StoreError> {
        // In this order: what moves on meanwhile is told of twice rather than not at all.
        let found = self.found(event).await?;
        let lines = self.life(event).await?;
        let known = |line: &&Entry| !line.text("received_at").is_empty();
        let whole = lines.iter().find(known).or_else(|| found.iter().map(|(_, entry)| entry).find(known));
        let mut steps = whole.map(arrival).unwrap_or_default();
        steps.extend(lines.iter().map(happened));
        if !steps.is_empty() && found.is_empty() {
            steps.push(Step::gone());
        }
        steps.extend(found.iter().map(|(place, entry)| stands(place, entry)));
        Ok(steps)
    }
}

// === impl Step ===

impl Step {
    pub fn new(name: impl Into<String>, at: Option<Millis>) -> Self {
        Self { name: name.into(), at, facts: Vec::new() }
    }

    /// It is in no stream.
    pub fn gone() -> Self {
        Self::new("gone", None)
            .with("note", "in no stream: delivered, discarded, expired, or wanted by no route")
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.push((name.to_owned(), value.into()));
        self
    }

    /// One object: the event's id, the step's name, its time, and its facts.
    pub fn to_json(&self, event: &EventId) -> Value {
        let mut object = Map::new();
        object.insert("event_id".to_owned(), event.as_str().into());
        object.insert("step".to_owned(), self.name.as_str().into());
        object.insert("at".to_owned(), self.at.map(|at| at.to_string()).into());
        object.extend(self.facts.iter().cloned());
        object.into()
    }

    fn of(mut self, entry: &Entry, names: &[&str]) -> Self {
        for name in names {
            self = self.with(name, fact(name, entry.text(name)));
        }
        self
    }
}

/// It came, and by which secret it was proven.
fn arrival(entry: &Entry) -> Vec<Step> {
    let at = entry.text("received_at").parse().ok().map(Millis);
    let mut steps = vec![Step::new("received", at).of(entry, &ARRIVAL)];
    let key = entry.text("verified_by");
    if !key.is_empty() {
        steps.push(Step::new("verified", at).with("key", key));
    }
    steps
}

/// A line, without what [`arrival`] tells.
fn happened(line: &LifeLine) -> Step {
    let told = ["step", "event_id", "endpoint", "source", "event_type", "received_at", "verified_by"];
    let step = Step::new(line.text("step"), line.at());
    let partition = EntryId::parse(&line.id).map_or(0, |id| id.partition);
    line.fields().filter(|(name, _)| !told.contains(name)).fold(step, |step, (name, _)| match name {
        "dead_letter" => step.with(name, full_id(line.text(name).to_owned(), partition)),
        _ => step.with(name, fact(name, line.text(name))),
    })
}

fn stands(place: &Place, entry: &Entry) -> Step {
    match place {
        Place::Events => Step::new("queued", None).with("stream", "events"),
        Place::Jobs { priority, .. } => Step::new("working", None)
            .with("stream", format!("jobs:{priority}"))
            .of(entry, &["route", "attempts"]),
        Place::Retry { .. } => {
            Step::new("waiting", None).with("stream", "retry").of(entry, &["route", "attempts", "error"])
        }
        Place::Dead { id, .. } => Step::new("dead", None)
            .with("stream", "dead")
            .with("dead_letter", id.as_str())
            .of(entry, &OF_LETTER),
    }
}

/// As in a stream's JSON, but times as times.
fn fact(name: &str, text: &str) -> Value {
    let is_time = name.ends_with("_at") || matches!(name, "began" | "due");
    match text.parse() {
        Ok(ms) if is_time => Millis(ms).to_string().into(),
        _ => json_value(name, text),
    }
}
