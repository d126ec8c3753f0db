//! The JSON Schema of the configuration file, from the same tables of keys that the reader uses.

use serde_json::{Map, Value, json};
use toml::de::DeValue;

use crate::shape::{Key, Kind, Shape};
use crate::value;

/// JSON Schema (2020-12) of the file, for editors that check TOML.
pub fn schema() -> Value {
    let mut schema = table(&crate::file::FILE);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("Hookstream configuration");
    schema
}

fn table(shape: &Shape) -> Value {
    let properties: Map<String, Value> =
        shape.keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let required: Vec<&str> = shape.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    json!({
        "type": "object",
        "description": shape.about,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// The names are offered by editors; one's own are as good.
fn provider() -> Value {
    json!({ "anyOf": [{ "enum": signature::Scheme::names() }, { "type": "string" }] })
}

fn property(key: &Key) -> Value {
    let mut property = if key.name == "provider" { provider() } else { value_of(&key.kind) };
    property["description"] = json!(key.about);
    if let Some(default) = key.default.and_then(|toml| DeValue::parse(toml).ok()) {
        property["default"] = value::json(default.get_ref());
    }
    property
}

fn value_of(kind: &Kind) -> Value {
    match kind {
        Kind::Text | Kind::Secret | Kind::Url(_) | Kind::Network | Kind::Address | Kind::Socket => {
            json!({ "type": "string" })
        }
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Whole { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Kind::Seconds { zero: true } => json!({ "type": "number", "minimum": 0, "maximum": Kind::LONGEST }),
        Kind::Seconds { zero: false } => {
            json!({ "type": "number", "exclusiveMinimum": 0, "maximum": Kind::LONGEST })
        }
        Kind::Number { min, max } => json!({ "type": "number", "minimum": min, "maximum": max }),
        Kind::OneOf(words) => json!({ "type": "string", "enum": words }),
        Kind::List(inner) => json!({ "type": "array", "items": value_of(inner) }),
        Kind::Table(shape) => table(shape),
        Kind::SecretOr(shape) => {
            let mut either = table(shape);
            either["type"] = json!(["string", "object"]);
            either
        }
        Kind::Named(inner) => json!({ "type": "object", "additionalProperties": value_of(inner) }),
        Kind::Anything => json!({}),
        Kind::AnyTable => json!({ "type": "object" }),
    }
}
