//! The three ways to read a body, whatever its format.

use serde_json::Value;

use crate::path::Wanted;
use crate::{Format, FormatError, Limits, form, json, lookup, xml};

/// The body as the one shape that rules see.
pub fn read(format: Format, body: &[u8], limits: &Limits) -> Result<Value, FormatError> {
    let text = text(format, body)?;
    match format {
        Format::Json => json::read(text, limits),
        Format::Xml => xml::read(text, limits),
        Format::Form => form::read(text, limits),
    }
}

/// The verdict of [`read`] without its result: no tree is built for JSON and XML.
pub fn check(format: Format, body: &[u8], limits: &Limits) -> Result<(), FormatError> {
    let text = text(format, body)?;
    match format {
        Format::Json => json::walk(text, limits, &mut Wanted::none()),
        Format::Xml => xml::check(text, limits),
        Format::Form => form::read(text, limits).map(drop),
    }
}

/// Checks the whole body as [`check`] does and, on the way, picks the text at each dotted path.
///
/// Strings, numbers and booleans are text; `None` where there is nothing, null, an object or an array. Paths mean
/// what they mean to [`lookup`]. JSON is read in one pass, without a tree.
pub fn pick(
    format: Format,
    body: &[u8],
    limits: &Limits,
    paths: &[&str],
) -> Result<Vec<Option<String>>, FormatError> {
    if format != Format::Json {
        let view = read(format, body, limits)?;
        return Ok(paths.iter().map(|path| lookup(&view, path).and_then(scalar)).collect());
    }
    let mut wanted = Wanted::new(paths);
    json::walk(text(format, body)?, limits, &mut wanted)?;
    Ok(wanted.into_texts())
}

fn text(format: Format, body: &[u8]) -> Result<&str, FormatError> {
    std::str::from_utf8(body)
        .map_err(|error| FormatError::malformed(format, "it is not UTF-8", error.valid_up_to()))
}

/// A scalar as text.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(bool) => Some(bool.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests;
