//! Looking for text: `contains` and `regex`, both in linear time and bounded memory.

use std::io::Write;

use regex::{Error, Regex, RegexBuilder};
use serde_json::Value;

use crate::{FilterError, Operator};

/// Characters of a regular expression or of a text to look for.
pub(crate) const LONGEST: usize = 1_024;
/// Bytes of a text that a regular expression is tried on; a longer one does not match. Not cut short, since `$`
/// would then match where the text does not end.
pub(crate) const HAYSTACK: usize = 64 * 1_024;
/// Bytes of a compiled expression.
const COMPILED: usize = 256 * 1_024;
/// The same for a text to look for: each letter becomes a class of its cases.
const COMPILED_LITERAL: usize = 1_024 * 1_024;
/// Groups and repetitions within one another.
const NESTED: u32 = 50;

/// A text found in any case, by Unicode's simple case folding.
#[derive(Debug, Clone)]
pub(crate) struct Needle(Regex);

/// An expression found anywhere in a text, unless it says `^` and `$`.
#[derive(Debug, Clone)]
pub(crate) struct Expression(Regex);

// === impl Needle ===

impl Needle {
    pub(crate) fn new(text: &str) -> Result<Self, FilterError> {
        if text.is_empty() {
            return Err(FilterError::EmptyText { operator: Operator::Contains });
        }
        bounded(Operator::Contains, text)?;
        let mut builder = RegexBuilder::new(&regex::escape(text));
        builder.case_insensitive(true).size_limit(COMPILED_LITERAL);
        builder.build().map(Self).map_err(|error| refusal(&error))
    }

    /// Text, numbers and booleans by their text; arrays by any of their items.
    pub(crate) fn is_in(&self, found: &Value) -> bool {
        match found {
            Value::Array(items) => items.iter().any(|item| !item.is_array() && self.is_in(item)),
            _ => in_text(found, |text| self.0.is_match(text)),
        }
    }
}

// === impl Expression ===

impl Expression {
    pub(crate) fn new(pattern: &str) -> Result<Self, FilterError> {
        if pattern.is_empty() {
            return Err(FilterError::EmptyText { operator: Operator::Regex });
        }
        bounded(Operator::Regex, pattern)?;
        let mut builder = RegexBuilder::new(pattern);
        builder.size_limit(COMPILED).nest_limit(NESTED);
        builder.build().map(Self).map_err(|error| refusal(&error))
    }

    /// Text, numbers and booleans by their text.
    pub(crate) fn is_in(&self, found: &Value) -> bool {
        in_text(found, |text| text.len() <= HAYSTACK && self.0.is_match(text))
    }
}

fn in_text(found: &Value, matches: impl Fn(&str) -> bool) -> bool {
    match found {
        Value::String(text) => matches(text),
        Value::Number(number) => written(number, matches),
        Value::Bool(true) => matches("true"),
        Value::Bool(false) => matches("false"),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

/// Without allocating: this is asked of every event.
fn written(number: &serde_json::Number, matches: impl Fn(&str) -> bool) -> bool {
    // JSON numbers are of 64 bits, at most some 25 characters.
    let mut buffer = [0; 64];
    let mut left = &mut buffer[..];
    let fits = write!(left, "{number}").is_ok();
    let length = 64 - left.len();
    fits && str::from_utf8(&buffer[..length]).is_ok_and(matches)
}

fn bounded(operator: Operator, text: &str) -> Result<(), FilterError> {
    let length = text.chars().count();
    if length > LONGEST {
        return Err(FilterError::LongText { operator, length, longest: LONGEST });
    }
    Ok(())
}

/// The engine draws a picture of several lines: the expression, a caret below it, the reason.
fn refusal(error: &Error) -> FilterError {
    let Error::Syntax(picture) = error else { return FilterError::LargeRegex };
    let mut why = picture.lines().last().unwrap_or(picture);
    why = why.strip_prefix("error: ").unwrap_or(why);
    let caret = picture.lines().find(|line| line.contains('^') && line.trim_matches([' ', '^']).is_empty());
    // The picture is indented by four.
    let character = caret.and_then(|line| line.find('^')).and_then(|column| (column + 1).checked_sub(4));
    FilterError::BadRegex { why: why.to_owned(), character }
}

#[cfg(test)]
mod tests;
