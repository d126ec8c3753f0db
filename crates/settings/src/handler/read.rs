//! Reads `[handlers]`.

use std::collections::BTreeMap;

use signature::Secret;
use toml::Spanned;
use toml::de::DeValue;

use super::{HANDLER, Handler, HandlerKind, headers};
use crate::address;
use crate::redis::REDIS;
use crate::secret;
use crate::section::{At, Section};

/// Which keys belong to one type only.
const OF_TYPE: &[(&str, &str)] = &[
    ("url", "http"),
    ("signing_secret", "http"),
    ("allow_private", "http"),
    ("headers", "http"),
    ("stream", "stream"),
];

/// The handlers that could be read, and the names of all.
pub(crate) fn read(whole: &Section<'_>) -> (BTreeMap<String, Handler>, Vec<String>) {
    let entries = whole.entries("handlers");
    let names = entries.iter().map(|(name, _)| name.value.clone()).collect();
    let handlers = entries.iter().filter_map(|(name, value)| handler(whole, name, value));
    (handlers.map(|handler| (handler.name.clone(), handler)).collect(), names)
}

fn handler(whole: &Section<'_>, name: &At<String>, value: &Spanned<DeValue<'_>>) -> Option<Handler> {
    let section = Section::new(whole.report, &HANDLER, Some(value.get_ref().as_table()?), name.span.clone());
    if name.value.is_empty() || name.value.len() > 64 {
        whole.report.mistake(&name.span, "a handler's name must have 1 to 64 bytes");
    }
    Some(Handler {
        name: name.value.clone(),
        kind: kind(&section, whole)?,
        timeout: section.seconds("timeout"),
        concurrency: section.whole("concurrency").unwrap_or_default(),
        rate_per_second: section.whole("rate_per_second").unwrap_or_default(),
    })
}

fn kind(section: &Section<'_>, whole: &Section<'_>) -> Option<HandlerKind> {
    let kind = section.text("type")?;
    for (key, owner) in OF_TYPE.iter().filter(|(key, owner)| *owner != kind && section.has(key)) {
        section.mistake(key, format!("`{key}` is for handlers of type {owner}; this one is {kind}"));
    }
    match kind.as_str() {
        "http" => http(section),
        "stream" => stream(section, whole),
        "log" => Some(HandlerKind::Log),
        _ => Some(HandlerKind::Registered),
    }
}

fn http(section: &Section<'_>) -> Option<HandlerKind> {
    if !section.has("url") {
        section.mistake("url", "a handler of type http needs `url`");
    }
    let signing_secret = signing_secret(section);
    let headers = headers::read(section);
    let allow_private = section.flag("allow_private");
    Some(HandlerKind::Http { url: address::read(section, "url")?, signing_secret, allow_private, headers })
}

fn signing_secret(section: &Section<'_>) -> Option<Secret> {
    let given = section.text_at("signing_secret")?;
    let text = secret::resolve(section.report, &given.value, &given.span)?;
    if text.is_empty() && secret::may_be_absent(&given.value) {
        return None;
    }
    Secret::new(text).map_err(|error| section.mistake("signing_secret", error.to_string())).ok()
}

fn stream(section: &Section<'_>, whole: &Section<'_>) -> Option<HandlerKind> {
    let Some(stream) = section.text("stream").filter(|stream| !stream.is_empty()) else {
        section.mistake("stream", "a handler of type stream needs `stream`: the stream's key in Redis");
        return None;
    };
    let prefix = whole.table("redis", &REDIS).text("prefix").unwrap_or_default();
    if stream.starts_with(&format!("{prefix}:{{")) {
        section.mistake("stream", format!("`{stream}` is one of Hookstream's own streams; choose another"));
    }
    Some(HandlerKind::Stream { stream })
}
