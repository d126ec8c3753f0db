//! A dead letter as a person reads it.

use event::{Headers, Millis};
use serde_json::Value;
use stream::DeadLetter;

use crate::output::{harmless, harmless_lines, shortened};
use crate::style::{Style, Tone};

/// Characters of an error on a line with other things.
const LONGEST_ERROR: usize = 160;

/// The fields that stand first, in this order, with the words for them.
const FIELDS: [(&str, &str); 17] = [
    ("event_id", "Event"),
    ("endpoint", "Endpoint"),
    ("source", "Source"),
    ("event_type", "Type"),
    ("route", "Route"),
    ("handler", "Handler"),
    ("priority", "Priority"),
    ("job", "Job"),
    ("attempts", "Attempts"),
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
pub(crate) fn line(letter: &DeadLetter, style: Style) -> String {
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

/// Everything: one fact a line, then headers, then the body.
pub(crate) fn page(letter: &DeadLetter, style: Style) -> String {
    let fact = |name: &str, value: &str| {
        format!("{} {}", style.paint(Tone::Faint, &format!("{name:<14}")), harmless(value))
    };
    let mut lines = vec![fact("Dead letter", &letter.id)];
    for (field, name) in FIELDS {
        let value = letter.text(field);
        if !value.is_empty() {
            lines.push(fact(name, &shown(field, value)));
        }
    }
    let known =
        |field: &str| FIELDS.iter().any(|(name, _)| *name == field) || field == "headers" || field == "body";
    for (field, _) in letter.fields().filter(|(field, _)| !known(field)) {
        lines.push(fact(field, letter.text(field)));
    }
    lines.push(style.paint(Tone::Faint, "Headers"));
    let headers = Headers::from_json(letter.text("headers"));
    lines.extend(headers.iter().map(|(name, value)| format!("  {}: {}", harmless(name), harmless(value))));
    let body = letter.bytes("body").unwrap_or_default();
    lines.push(style.paint(Tone::Faint, &format!("Body ({} bytes)", body.len())));
    lines.push(body_text(body));
    lines.join("\n")
}

fn shown(field: &str, value: &str) -> String {
    match value.parse() {
        Ok(ms) if field.ends_with("_at") => Millis(ms).to_string(),
        _ => value.to_owned(),
    }
}

/// JSON is laid out; other text stands as it is; anything else is only named.
pub(crate) fn body_text(body: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(body) else {
        return "  (not text; --json has it as base 64)".to_owned();
    };
    let json: Option<Value> = serde_json::from_str(text).ok();
    harmless_lines(&json.map_or_else(|| text.to_owned(), |json| format!("{json:#}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_laid_out_only_if_it_is_json() {
        assert_eq!(body_text(b"{\"a\":1}"), "{\n  \"a\": 1\n}");
        assert_eq!(body_text(b"<a>\n <b/></a>"), "<a>\n <b/></a>");
        assert_eq!(body_text(b"a\x1b[1mb"), "a\\u{1b}[1mb");
        assert!(body_text(b"\xff").contains("base 64"));
    }

    #[test]
    fn times_are_shown_as_times_and_numbers_as_numbers() {
        assert_eq!(shown("first_at", "1700000000000"), "2023-11-14T22:13:20.000Z");
        assert_eq!(shown("attempts", "3"), "3");
    }
}
