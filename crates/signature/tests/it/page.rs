//! Keeps `docs/providers.md` true: its table is made of the built-in one, and compared here.

use std::fmt::Write;
use std::path::PathBuf;

use hookstream_signature::{Scheme, SchemeTable, Source, Window};

const BEGIN: &str = "<!-- the providers -->\n";
const END: &str = "<!-- end of the providers -->";

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/providers.md")
}

fn sources(sources: &[Source]) -> String {
    let one = |source: &Source| match source {
        Source::Header(name) => format!("`{name}`"),
        Source::Body(path) => format!("body `{path}`"),
    };
    if sources.is_empty() { "–".to_owned() } else { sources.iter().map(one).collect::<Vec<_>>().join(", ") }
}

fn time(scheme: &Scheme, table: &SchemeTable) -> String {
    let place = [&table.timestamp_header, &table.timestamp_element, &table.timestamp_field]
        .into_iter()
        .flatten()
        .next();
    let Some(place) = place else { return "–".to_owned() };
    let tolerance = match table.tolerance_direction {
        Some(Window::None) => "not held against the clock unless `timestamp_tolerance` is set".to_owned(),
        Some(Window::Past) => format!("{} s back, any time ahead", scheme.tolerance_seconds()),
        _ => format!("{} s", scheme.tolerance_seconds()),
    };
    let unit = table.timestamp_unit.map_or_else(|| "s".to_owned(), |unit| format!("{unit:?}").to_lowercase());
    format!("`{place}`, {unit}; {tolerance}")
}

/// Long texts, such as Adyen's, are told of in the note.
fn content(scheme: &Scheme) -> String {
    let text = scheme.signed_content().to_string();
    match text.len() {
        _ if scheme.algorithm().is_unsigned() => "nothing".to_owned(),
        0..=60 => format!("`{}`", text.replace('|', "\\|")),
        _ => "fields of the body".to_owned(),
    }
}

fn rows() -> String {
    let mut rows =
        "| provider | header | algorithm, encoding | signed | time | id | type | handshake | notes |\n\
                    |---|---|---|---|---|---|---|---|---|\n"
            .to_owned();
    for (scheme, table) in Scheme::builtins() {
        let docs = table.docs.as_ref().map_or_else(String::new, |url| format!(" ([documentation]({url}))"));
        let also = table
            .aliases
            .as_ref()
            .map_or_else(String::new, |names| format!("; also `{}`", names.join("`, `")));
        let handshake =
            table.handshake.map_or_else(|| "–".to_owned(), |kind| format!("{kind:?}").to_lowercase());
        let places: Vec<_> =
            [Some(table), table.fallback.as_deref()].into_iter().flatten().filter_map(place).collect();
        let header = places.join(" or ");
        writeln!(
            rows,
            "| `{}`{also}: {}{docs} | {header} | {}, {} | {} | {} | {} | {} | {handshake} | {} |",
            scheme.name(),
            scheme.title(),
            scheme.algorithm(),
            scheme.encoding(),
            content(scheme),
            time(scheme, table),
            sources(scheme.event_id_source()),
            sources(scheme.event_type_source()),
            table.note.as_deref().unwrap_or_default(),
        )
        .unwrap();
    }
    rows
}

/// Where the signature stands; nothing for a fallback that is the same there.
fn place(table: &SchemeTable) -> Option<String> {
    let in_body = table.signature_field.clone().map(|path| sources(&[Source::Body(path)]));
    in_body.or_else(|| table.header.as_ref().map(|name| format!("`{name}`")))
}

fn renewed(page: &str) -> String {
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    format!("{before}{BEGIN}{}{END}{after}", rows())
}

#[test]
fn the_page_of_providers_says_what_the_table_says() {
    let page = std::fs::read_to_string(path()).unwrap();
    assert!(
        page == renewed(&page),
        "docs/providers.md is stale; `cargo test -p hookstream-signature --test it -- --ignored` renews its table"
    );
}

#[test]
#[ignore = "writes docs/providers.md"]
fn renew_the_page_of_providers() {
    let page = std::fs::read_to_string(path()).unwrap();
    std::fs::write(path(), renewed(&page)).unwrap();
}
