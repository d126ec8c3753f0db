//! A dead letter as a person reads it.

use event::Millis;
use stream::DeadLetter;

use crate::output::{harmless, shortened};
use crate::style::{Style, Tone};
use crate::telling::Kind;

pub(crate) const LETTER: Kind = Kind { name: "dead letter", line, facts, gone: "replayed or discarded" };

/// Characters of an error on a line with other things.
const LONGEST_ERROR: usize = 160;

/// The fields that stand first, in this order, with the words for them.
const FIELDS: [(&str, &str); 18] = [
    ("event_id", "Event"),
    ("endpoint", "Endpoint"),
    ("source", "Source"),
    ("event_type", "Type"),
    ("route", "Route"),
    ("handler", "Handler"),
    ("priority", "Priority"),
    ("job", "Job"),
    ("attempts", "Attempts"),
    ("replays", "Replays"),
    ("reason", "Reason"),
    ("status", "Status"),
    ("error", "Error"),
    ("received_at", "Received"),
    ("first_at", "First attempt"),
    ("last_at", "Last attempt"),
    ("content_type", "Content type"),
    ("trace", "Trace"),
];

/// One line: id, time, route and handler, type, attempts, status, error.
fn line(letter: &DeadLetter, style: Style) -> String {
    let text = |name: &str| harmless(letter.text(name));
    let or_dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    let status = letter.text("status");
    let status = if status.is_empty() { String::new() } else { format!("  status {}", harmless(status)) };
    let error = shortened(&text("error"), LONGEST_ERROR);
    format!(
        "{}  {}  {} → {}  {}  {}  attempts {}{status}  {}",
        style.paint(Tone::Strong, &letter.id),
        style.paint(Tone::Faint, &when(letter)),
        or_dash(text("route")),
        or_dash(text("handler")),
        or_dash(text("event_type")),
        or_dash(text("event_id")),
        or_dash(text("attempts")),
        style.paint(Tone::Bad, &or_dash(error)),
    )
}

/// When it was given up, by its id.
fn when(letter: &DeadLetter) -> String {
    let ms = letter.id.split('-').next().and_then(|ms| ms.parse().ok());
    ms.map_or_else(String::new, |ms| Millis(ms).to_string())
}

/// The known fields in their order, then the others.
fn facts(letter: &DeadLetter) -> Vec<(&str, String)> {
    let known = FIELDS.into_iter().filter(|(field, _)| !letter.text(field).is_empty());
    let known = known.map(|(field, name)| (name, shown(field, letter.text(field))));
    let is_known =
        |field: &str| FIELDS.iter().any(|(name, _)| *name == field) || field == "headers" || field == "body";
    let others = letter.fields().filter(|(field, _)| !is_known(field));
    let others = others.map(|(field, _)| (field, letter.text(field).to_owned()));
    std::iter::once(("Dead letter", letter.id.clone())).chain(known).chain(others).collect()
}

fn shown(field: &str, value: &str) -> String {
    match value.parse() {
        Ok(ms) if field.ends_with("_at") => Millis(ms).to_string(),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_as_times_and_numbers_as_numbers() {
        assert_eq!(shown("first_at", "1700000000000"), "2023-11-14T22:13:20.000Z");
        assert_eq!(shown("attempts", "3"), "3");
    }
}
