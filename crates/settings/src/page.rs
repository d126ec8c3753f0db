//! Keeps `docs/configuration.md` true: its tables are made of the reader's own, and compared here.

use std::fmt::Write;
use std::path::PathBuf;

use crate::file::FILE;
use crate::shape::{Key, Kind, Shape};

const BEGIN: &str = "<!-- keys of ";
const END: &str = "<!-- end of keys -->";

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md")
}

fn page() -> String {
    std::fs::read_to_string(path()).unwrap()
}

/// Every table of the file, under the name that the page gives it.
fn tables() -> Vec<(String, &'static Shape)> {
    let mut found = Vec::new();
    collect("", &FILE, &mut found);
    found
}

fn collect(prefix: &str, shape: &'static Shape, found: &mut Vec<(String, &'static Shape)>) {
    for key in shape.keys {
        let name = if prefix.is_empty() { key.name.to_owned() } else { format!("{prefix}.{}", key.name) };
        let inner: &'static Shape = match &key.kind {
            Kind::Table(inner)
            | Kind::List(Kind::Table(inner) | Kind::SecretOr(inner))
            | Kind::Named(Kind::Table(inner)) => inner,
            _ => continue,
        };
        found.push((name.clone(), inner));
        collect(&name, inner, found);
    }
}

fn value(kind: &Kind) -> String {
    match kind {
        Kind::List(Kind::Table(_)) => "a list of tables, below".to_owned(),
        Kind::List(inner) => format!("a list; each {}", value(inner)),
        Kind::Table(_) => "a table, below".to_owned(),
        Kind::Named(inner) => format!("a table; each value {}", value(inner)),
        Kind::AnyTable => "a table of your own".to_owned(),
        Kind::Anything => "any value".to_owned(),
        kind => kind.expected(),
    }
}

fn row(key: &Key) -> String {
    let default = match key.default {
        Some(toml) => format!("`{toml}`"),
        None if key.required => "needed".to_owned(),
        None => "–".to_owned(),
    };
    format!("| `{}` | {} | {default} | {} |\n", key.name, value(&key.kind), key.about).replace("||", "\\|\\|")
}

/// The page with its tables made anew.
fn renewed(page: &str) -> String {
    let tables = tables();
    let mut parts = page.split(BEGIN);
    let mut renewed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(" -->").expect("a marker ends with -->");
        let after = rest.split_once(END).expect("each table has an end").1;
        let (_, shape) = tables.iter().find(|(known, _)| known == name).expect("a table that the reader has");
        let rows: String = shape.keys.iter().map(row).collect();
        let head = "| key | value | default | what it does |\n|---|---|---|---|\n";
        write!(renewed, "{BEGIN}{name} -->\n{}\n\n{head}{rows}{END}{after}", shape.about).unwrap();
    }
    renewed
}

#[test]
fn the_page_says_of_every_key_what_the_reader_knows() {
    let page = page();
    for (name, _) in tables() {
        assert!(
            page.contains(&format!("{BEGIN}{name} -->")),
            "docs/configuration.md has no table for {name}"
        );
    }
    assert!(
        page == renewed(&page),
        "docs/configuration.md is stale; `cargo test -p hookstream-settings -- --ignored` renews its tables"
    );
}

#[test]
#[ignore = "writes docs/configuration.md"]
fn renew_the_page() {
    std::fs::write(path(), renewed(&page())).unwrap();
}

#[test]
fn every_default_is_a_value_that_its_key_takes() {
    let all = tables().into_iter().flat_map(|(_, shape)| shape.keys);
    for key in all {
        let Some(toml) = key.default else { continue };
        let value = toml::de::DeValue::parse(toml).unwrap();
        assert!(crate::value::suits(&key.kind, value.get_ref()), "{} = {toml}", key.name);
        if let (Kind::List(inner), Some(list)) = (&key.kind, value.get_ref().as_array()) {
            assert!(
                list.iter().all(|item| crate::value::suits(inner, item.get_ref())),
                "{} = {toml}",
                key.name
            );
        }
    }
}

#[test]
fn lists_of_words_are_the_enums_that_they_are_read_into() {
    let words = |table: &str, key: &str| {
        let shape = tables().into_iter().find(|(name, _)| name == table).unwrap().1;
        let Some(Key { kind: Kind::OneOf(words), .. }) = shape.key(key) else { panic!("{table}.{key}") };
        words.to_vec()
    };
    assert_eq!(words("routes.filters", "operator"), routing::Operator::ALL.map(|operator| operator.as_str()));
    assert_eq!(words("routes", "priority"), event::Priority::ALL.map(event::Priority::as_str));
    assert_eq!(words("endpoints", "event_format"), formats::Format::ALL.map(|format| format.as_str()));
    assert_eq!(
        words("endpoints.signature", "algorithm"),
        signature::Algorithm::ALL.map(signature::Algorithm::as_str)
    );
    assert_eq!(
        words("endpoints.signature", "encoding"),
        signature::Encoding::ALL.map(signature::Encoding::as_str)
    );
    assert_eq!(words("alerts", "metric"), crate::AlertMetric::ALL.map(crate::AlertMetric::as_str));
}
