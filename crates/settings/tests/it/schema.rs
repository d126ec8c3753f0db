//! The JSON Schema agrees with the reader.

use serde_json::Value;
use toml::de::{DeTable, DeValue};

use crate::support::mistakes;

/// What in `value` the schema does not allow, as far as its keys go.
fn strangers(schema: &Value, value: &DeValue<'_>, path: &str, found: &mut Vec<String>) {
    match value {
        DeValue::Table(table) => {
            for (key, inner) in table {
                let path = format!("{path}.{}", key.get_ref());
                let known = &schema["properties"][key.get_ref().as_ref()];
                let other = &schema["additionalProperties"];
                match (known.is_object(), other) {
                    (true, _) => strangers(known, inner.get_ref(), &path, found),
                    (false, Value::Object(_)) => strangers(other, inner.get_ref(), &path, found),
                    (false, Value::Bool(false)) => found.push(path),
                    // Any table at all.
                    (false, _) => {}
                }
            }
        }
        DeValue::Array(list) => {
            list.iter().for_each(|item| strangers(&schema["items"], item.get_ref(), path, found));
        }
        _ => {}
    }
}

fn checked(text: &str) -> Vec<String> {
    let table = DeTable::parse(text).expect("it is TOML").into_inner();
    let mut found = Vec::new();
    strangers(&settings::schema(), &DeValue::Table(table), "", &mut found);
    found
}

#[test]
fn the_files_that_we_give_hold_only_keys_of_the_schema() {
    assert_eq!(checked(include_str!("contract.toml")), Vec::<String>::new());
    assert_eq!(checked(settings::EXAMPLE), Vec::<String>::new());
    assert_eq!(checked("[server]\nport = 1\nprot = 2\n"), [".server.prot"]);
}

/// Every path of keys in the schema, with its own schema.
fn keys(schema: &Value, path: &str, found: &mut Vec<(String, Value)>) {
    for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}{key}");
        found.push((path.clone(), inner.clone()));
        for nested in [inner, &inner["items"], &inner["additionalProperties"]] {
            keys(nested, &format!("{path}."), found);
        }
    }
}

#[test]
fn the_reader_knows_every_key_of_the_schema_and_each_is_described() {
    let mut found = Vec::new();
    keys(&settings::schema(), "", &mut found);
    assert!(found.len() > 80, "{}", found.len());
    for (path, schema) in &found {
        assert!(schema["description"].as_str().is_some_and(|text| !text.is_empty()), "{path}");
    }
    // A date suits no key, and the reader says so by the key's name rather than calling the key unknown.
    for (table, prefix) in [
        ("server", "[server]"),
        ("endpoints", "[[endpoints]]"),
        ("routes", "[[routes]]"),
        ("handlers", "[handlers.h]"),
    ] {
        let inner = found.iter().filter_map(|(path, _)| path.strip_prefix(&format!("{table}.")));
        for key in inner.filter(|key| !key.contains('.') && *key != "metadata") {
            let told = mistakes(&format!("{prefix}\n{key} = 2020-01-01\n"));
            let expected = format!("`{key}` must be");
            assert!(
                told.iter().any(|mistake| mistake.message.starts_with(&expected)),
                "{table}.{key}: {told:?}"
            );
        }
    }
}

#[test]
fn the_schema_says_what_is_needed_and_what_holds_otherwise() {
    let schema = settings::schema();
    let endpoint = &schema["properties"]["endpoints"]["items"];
    assert_eq!(endpoint["required"], serde_json::json!(["id", "provider"]));
    assert_eq!(endpoint["properties"]["success_status"]["default"], 200);
    assert_eq!(schema["properties"]["server"]["properties"]["port"]["maximum"], 65_535);
    assert_eq!(schema["properties"]["worker"]["properties"]["jitter"]["default"], 0.1);
    assert_eq!(schema["additionalProperties"], false);
}
