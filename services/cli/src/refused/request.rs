//! A refused request as a person reads it.

use event::{Headers, Millis};
use stream::RefusedEntry;

use crate::dlq::letter::body_text;
use crate::output::{harmless, shortened};
use crate::style::{Style, Tone};

/// Characters of a reason on a line with other things.
const LONGEST_REASON: usize = 160;

/// One line: id, time, endpoint, address, code, reason.
pub(crate) fn line(entry: &RefusedEntry, style: Style) -> String {
    let text = |name: &str| harmless(entry.text(name));
    format!(
        "{}  {}  {}  {}  {}  {}",
        style.paint(Tone::Strong, &entry.id),
        style.paint(Tone::Faint, &arrived(entry)),
        text("endpoint"),
        text("client"),
        style.paint(Tone::Bad, &text("code")),
        shortened(&text("reason"), LONGEST_REASON),
    )
}

/// Everything: one fact a line, then headers, then the body.
pub(crate) fn page(entry: &RefusedEntry, style: Style) -> String {
    let fact = |name: &str, value: &str| {
        format!("{} {}", style.paint(Tone::Faint, &format!("{name:<14}")), harmless(value))
    };
    let mut lines = vec![
        fact("Refused", &entry.id),
        fact("Received", &arrived(entry)),
        fact("Endpoint", entry.text("endpoint")),
        fact("Client", entry.text("client")),
        fact("Code", entry.text("code")),
        fact("Reason", entry.text("reason")),
        fact("Request", entry.text("request_id")),
    ];
    lines.push(style.paint(Tone::Faint, "Headers"));
    let headers = Headers::from_json(entry.text("headers"));
    lines.extend(headers.iter().map(|(name, value)| format!("  {}: {}", harmless(name), harmless(value))));
    let body = entry.bytes("body").unwrap_or_default();
    lines.push(style.paint(Tone::Faint, &format!("Body ({} bytes)", body.len())));
    lines.push(body_text(body));
    lines.join("\n")
}

fn arrived(entry: &RefusedEntry) -> String {
    entry.text("received_at").parse().map_or_else(|_| String::new(), |ms| Millis(ms).to_string())
}

/// Reads a refused request's id: milliseconds, a dash, a number.
pub(crate) fn parse_id(text: &str) -> Result<String, String> {
    let number = |part: &str| part.parse::<u64>().is_ok() && part.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once('-') {
        Some((ms, place)) if number(ms) && number(place) => Ok(text.to_owned()),
        _ => Err("a refused request's id looks like 1700000000000-0".to_owned()),
    }
}
