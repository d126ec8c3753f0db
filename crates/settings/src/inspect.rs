//! First look at the file: unknown keys, wrong types, values out of range, keys that are missing.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::nearest::nearest;
use crate::report::Report;
use crate::shape::{Kind, Shape};
use crate::value;

/// Compares a table with its shape, and everything in it.
pub(crate) fn inspect(report: &Report<'_>, shape: &Shape, table: &DeTable<'_>, span: &Range<usize>) {
    for (name, value) in table {
        match shape.key(name.get_ref()) {
            Some(key) => look_at(report, key.name, &key.kind, value),
            None => unknown(report, shape, name, value),
        }
    }
    for key in shape.keys.iter().filter(|key| key.required && !table.contains_key(key.name)) {
        let (title, name, expected) = (shape.title, key.name, key.kind.expected());
        report.mistake(span, format!("{title} needs `{name}`: {expected}"));
    }
}

fn unknown(report: &Report<'_>, shape: &Shape, key: &Spanned<Cow<'_, str>>, value: &Spanned<DeValue<'_>>) {
    let name = key.get_ref();
    // It may be a misspelt `secret`.
    if matches!(value.get_ref(), DeValue::String(_) | DeValue::Array(_) | DeValue::Table(_)) {
        report.hide(value.span());
    }
    let suggestion = nearest(name, shape.names());
    let keys = shape.names().collect::<Vec<_>>().join(", ");
    let known = if suggestion.is_some() { String::new() } else { format!("; it has {keys}") };
    report.mistake_near(&key.span(), format!("{} has no key `{name}`{known}", shape.title), suggestion);
}

fn look_at(report: &Report<'_>, name: &str, kind: &Kind, value: &Spanned<DeValue<'_>>) {
    hide(report, kind, value);
    match (kind, value.get_ref()) {
        (Kind::Table(shape) | Kind::SecretOr(shape), DeValue::Table(table)) => {
            inspect(report, shape, table, &value.span())
        }
        (Kind::Named(inner), DeValue::Table(table)) => {
            table.iter().for_each(|(key, item)| look_at(report, key.get_ref(), inner, item));
        }
        (Kind::List(inner), DeValue::Array(list)) => {
            list.iter().for_each(|item| look_at(report, name, inner, item));
        }
        (kind, value_found) if value::suits(kind, value_found) => {}
        _ => wrong(report, name, kind, value),
    }
}

/// Keeps what must not be seen from being shown with a mistake on the same line.
fn hide(report: &Report<'_>, kind: &Kind, value: &Spanned<DeValue<'_>>) {
    let (Some(text), span) = (value.get_ref().as_str(), value.span()) else { return };
    match kind {
        Kind::Secret | Kind::SecretOr(_) if !refers(text) => report.hide(span),
        // A password stands before the host, a token in the path or the query.
        Kind::Url(_) if text.contains('@') => report.hide(span),
        Kind::Url(_) => {
            let path = report.text[span.clone()].match_indices('/').nth(2);
            report.hide(path.map_or(span.end, |(at, _)| span.start + at)..span.end);
        }
        _ => {}
    }
}

fn wrong(report: &Report<'_>, name: &str, kind: &Kind, value: &Spanned<DeValue<'_>>) {
    let expected = kind.expected();
    let found = value.get_ref();
    let (shown, suggestion) = match (kind, found.as_str()) {
        (Kind::OneOf(words), Some(text)) => (format!("`{text}`"), nearest(text, words.iter().copied())),
        (Kind::Network | Kind::Address | Kind::Socket, Some(text)) => (format!("`{text}`"), None),
        (Kind::Whole { .. } | Kind::Seconds { .. } | Kind::Number { .. }, None)
            if found.type_str() != "table" =>
        {
            let number = value::number(found);
            (number.map_or_else(|| a(found.type_str()), |n| n.to_string()), None)
        }
        _ => (a(found.type_str()), None),
    };
    report.mistake_near(&value.span(), format!("`{name}` must be {expected}, not {shown}"), suggestion);
}

fn a(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// Whether the text only points at a secret.
fn refers(text: &str) -> bool {
    let variable = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    text.starts_with("file:") || variable.is_some_and(|name| !name.contains(['$', ':', '}']))
}
