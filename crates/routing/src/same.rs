//! When a value of a body is the value of a rule.

use serde_json::Value;

use crate::number::Number;

/// Equal as JSON, at any depth, but: numbers are equal when they mean the same (`1` and `1.0`), and a number or
/// boolean of the rule also equals a text that reads as it, since XML and form bodies know only text. A text of the
/// rule equals only text.
pub(crate) fn same(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Number(wanted), _) => {
            let wanted = Number::of_json(wanted);
            wanted.is_some() && wanted == Number::of_value(found)
        }
        (Value::Bool(wanted), Value::String(found)) => found == if *wanted { "true" } else { "false" },
        (Value::Array(wanted), Value::Array(found)) => {
            wanted.len() == found.len() && wanted.iter().zip(found).all(|(wanted, found)| same(wanted, found))
        }
        (Value::Object(wanted), Value::Object(found)) => {
            let member =
                |(key, wanted): (&String, &Value)| found.get(key).is_some_and(|found| same(wanted, found));
            wanted.len() == found.len() && wanted.iter().all(member)
        }
        _ => wanted == found,
    }
}
