//! JSON, read by `serde_json`'s tokens and our own visitors, so that the limits hold while it is parsed.

mod build;
mod walk;
mod gate;

use serde::de::DeserializeSeed;
use serde_json::{Deserializer, Value};

use crate::limits::Budget;
use crate::path::Wanted;
use crate::{Excess, Format, FormatError, Limits};

use build::Build;
use gate::Gate;
use walk::Walk;

/// `serde_json` itself goes no deeper; staying below makes it our refusal, with our words.
const DEEPEST: usize = 126;

/// The whole tree.
pub(crate) fn read(text: &str, limits: &Limits) -> Result<Value, FormatError> {
    parse(text, limits, |gate, parser| Build::root(gate).deserialize(parser))
}

/// Checks everything, keeps nothing but what is wanted.
pub(crate) fn walk(text: &str, limits: &Limits, wanted: &mut Wanted<'_>) -> Result<(), FormatError> {
    let open = wanted.open();
    parse(text, limits, |gate, parser| Walk::root(gate, wanted, &open).deserialize(parser))
}

type Parser<'a, 'de> = &'a mut Deserializer<serde_json::de::StrRead<'de>>;

fn parse<'de, T>(
    text: &'de str,
    limits: &Limits,
    read: impl FnOnce(&mut Gate<'_>, Parser<'_, 'de>) -> Result<T, serde_json::Error>,
) -> Result<T, FormatError> {
    if text.trim_ascii().is_empty() {
        return Err(FormatError::malformed(Format::Json, "it is empty", 0));
    }
    if text.starts_with('\u{feff}') {
        return Err(FormatError::malformed(
            Format::Json,
            "it begins with a byte order mark, which JSON forbids",
            0,
        ));
    }
    let limits = Limits { max_depth: limits.max_depth.min(DEEPEST), ..*limits };
    let mut gate = Gate::new(Budget::new(&limits));
    let mut parser = Deserializer::from_str(text);
    let outcome = read(&mut gate, &mut parser).and_then(|value| parser.end().map(|()| value));
    outcome.map_err(|error| verdict(text, &error, gate.excess()))
}

fn verdict(text: &str, error: &serde_json::Error, excess: Option<Excess>) -> FormatError {
    let offset = offset(text, error.line(), error.column());
    match excess {
        Some(excess) => excess.at(Format::Json, offset),
        None => FormatError::malformed(Format::Json, reason(error), offset),
    }
}

/// `serde_json`'s words without its place. They are fixed sentences: nothing of the input is in them.
fn reason(error: &serde_json::Error) -> String {
    let mut text = error.to_string();
    if let Some(end) = text.rfind(" at line ") {
        text.truncate(end);
    }
    text
}

/// The byte that a line (from 1) and a count of bytes read in it point to.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (before + column).saturating_sub(1).min(text.len())
}

#[cfg(test)]
mod tests;
