//! Form bodies: `a=1&b[]=2&c[d]=3`, and the JSON that some senders put into one field.

mod field;
mod tree;

use serde_json::{Map, Value};

use crate::limits::Budget;
use crate::{Excess, Format, FormatError, Limits, json};

use field::Field;

/// The one field that, alone, may carry the event as JSON.
const PAYLOAD: &str = "payload";

/// The fields as an object; or the JSON object that stands in a lone field `payload`.
pub(crate) fn read(text: &str, limits: &Limits) -> Result<Value, FormatError> {
    let mut budget = Budget::new(limits);
    let mut members = Map::new();
    let mut count = 0;
    let mut offset = 0;
    let mut lone = None;
    for pair in text.split('&') {
        if !pair.is_empty() {
            count += 1;
            if count > limits.max_pairs {
                return Err(Excess::Pairs(limits.max_pairs).at(Format::Form, offset));
            }
            let field = Field::parse(pair, offset)?;
            lone = (count == 1 && field.name == PAYLOAD).then_some(offset);
            tree::add(&mut members, field, &mut budget, offset)?;
        }
        offset += pair.len() + 1;
    }
    match lone.and_then(|at| Some((at, json_text(&members)?))) {
        Some((at, text)) => json::read(text, limits).map_err(|error| within_payload(error, at)),
        None => Ok(Value::Object(members)),
    }
}

/// The lone field's text, if it is an object's.
fn json_text(members: &Map<String, Value>) -> Option<&str> {
    members.get(PAYLOAD)?.as_str().filter(|text| text.trim_ascii_start().starts_with('{'))
}

/// The inner error counts in the decoded text; the field's own place is what can be found in the body.
fn within_payload(error: FormatError, offset: usize) -> FormatError {
    match error {
        FormatError::Malformed { what, .. } => FormatError::malformed(
            Format::Form,
            format!("the JSON in its field `payload` is malformed: {what}"),
            offset,
        ),
        FormatError::TooComplex { what, .. } => what.at(Format::Form, offset),
    }
}

#[cfg(test)]
mod tests;
