//! A refused request as a person reads it.

use event::Millis;
use stream::{EntryId, RefusedEntry};

use crate::output::{harmless, shortened};
use crate::style::{Style, Tone};
use crate::telling::Kind;

pub(crate) const REQUEST: Kind =
    Kind { name: "refused request", line, facts, gone: "replayed, or be too old" };

/// Characters of a reason on a line with other things.
const LONGEST_REASON: usize = 160;

/// One line: id, time, endpoint, address, code, reason.
fn line(entry: &RefusedEntry, style: Style) -> String {
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

fn facts(entry: &RefusedEntry) -> Vec<(&str, String)> {
    let text = |name: &str| entry.text(name).to_owned();
    vec![
        ("Refused", entry.id.clone()),
        ("Received", arrived(entry)),
        ("Endpoint", text("endpoint")),
        ("Client", text("client")),
        ("Code", text("code")),
        ("Reason", text("reason")),
        ("Request", text("request_id")),
    ]
}

fn arrived(entry: &RefusedEntry) -> String {
    entry.text("received_at").parse().map_or_else(|_| String::new(), |ms| Millis(ms).to_string())
}

/// Reads a refused request's id: milliseconds, a dash, a number.
pub(crate) fn parse_id(text: &str) -> Result<String, String> {
    let told = "a refused request's id looks like 1700000000000-0";
    EntryId::parse(text).map(|_| text.to_owned()).ok_or_else(|| told.to_owned())
}
