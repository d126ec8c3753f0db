//! Mistakes of TOML itself.

use crate::mistakes::{Mistake, Mistakes, Place};
use crate::report::Report;

/// One mistake a line: what follows on the same line is usually the first one's doing.
pub(crate) fn mistakes(report: &Report<'_>, errors: &[toml::de::Error]) -> Mistakes {
    let mut all: Vec<Mistake> = errors.iter().map(|error| mistake(report, error)).collect();
    all.sort_by_key(|mistake| (mistake.line, mistake.column));
    all.dedup_by_key(|mistake| mistake.line);
    Mistakes::new(all)
}

fn mistake(report: &Report<'_>, error: &toml::de::Error) -> Mistake {
    let offset = error.span().map_or(0, |span| span.start);
    let text = report.text;
    let start = text[..offset.min(text.len())].rfind('\n').map_or(0, |n| n + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let hidden = hidden_from(line).map(|at| start + at..start + line.len());
    let place = Place::find(text, offset, hidden.as_slice());
    let message = error.message().trim().replace('\n', ", ");
    Mistake::at(report.file, &place, format!("this is not TOML: {message}"), None)
}

/// From where on the line may hold a secret. Nobody knows which value a broken line belongs to, so anything in
/// quotes is struck out unless the line's key is harmless.
fn hidden_from(line: &str) -> Option<usize> {
    let (key, _) = line.split_once('=').unwrap_or(("", line));
    let harmless = ["id", "path", "name", "provider", "event_format", "field", "operator", "type", "handler"];
    if harmless.contains(&key.trim()) {
        return None;
    }
    line.find(['"', '\''])
}
