//! Reads `[[endpoints]]`.

use std::time::Duration;

use formats::Format;
use serde_json::{Map, Value};
use signature::Secret;

use super::{Dedupe, ENDPOINT, Endpoint, cors};
use crate::paths::{self, Claim, Paths};
use crate::provider::Providers;
use crate::rate_limit::{self, RateLimit};
use crate::secret;
use crate::section::{At, Section};
use crate::server::Server;
use crate::signing::{self, Signing};
use crate::value;

/// What endpoints take over from the rest of the file.
pub(crate) struct Defaults<'a> {
    pub(crate) server: &'a Server,
    pub(crate) rate_limit: RateLimit,
    pub(crate) providers: Providers,
}

/// The endpoints that could be read, and which paths lead to them.
pub(crate) fn read(whole: &Section<'_>, defaults: &Defaults<'_>) -> (Vec<Endpoint>, Paths) {
    let sections = whole.tables("endpoints", &ENDPOINT);
    let claims: Vec<Claim> = sections.iter().filter_map(claim).collect();
    let paths = Paths::assign(whole.report, &claims);
    (sections.iter().filter_map(|section| endpoint(section, defaults)).collect(), paths)
}

fn claim(section: &Section<'_>) -> Option<Claim> {
    let id = section.text_at("id")?;
    if let Some(why) = paths::bad_id(&id.value) {
        section.mistake("id", why);
    }
    let path = section.text("path");
    if let Some(why) = path.as_deref().and_then(paths::bad_path) {
        section.mistake("path", why);
    }
    Some(Claim { id: id.value, path, id_span: id.span, path_span: section.place("path") })
}

fn endpoint(section: &Section<'_>, defaults: &Defaults<'_>) -> Option<Endpoint> {
    // Everything that can be wrong is looked at before anything that is missing ends the reading.
    let signing = signing::read(section, &defaults.providers);
    let verify_token = verify_token(section);
    let cors = cors::read(section);
    let source = source(section);
    let event_type_field = event_type_field(section);
    let Signing { scheme, verifier, signer } = signing?;
    let id = section.text("id")?;
    Some(Endpoint {
        path: section.text("path").unwrap_or_else(|| paths::default_path(&id)),
        id,
        provider: section.text("provider")?,
        source: source?,
        enabled: section.flag("enabled"),
        timestamp_tolerance: Duration::from_secs(signing::tolerance(section, &scheme)),
        scheme,
        verifier,
        signer,
        verify_token,
        event_format: section.text("event_format")?.parse::<Format>().ok()?,
        event_type_field,
        cors,
        metadata: metadata(section),
        rate_limit: rate_limit::read_own(section, defaults.rate_limit),
        allow_from: section.items("allow_from", value::network),
        max_request_size: section.whole("max_request_size").unwrap_or(defaults.server.max_request_size),
        success_status: section.whole("success_status")?,
        dedupe: dedupe(section),
    })
}

fn verify_token(section: &Section<'_>) -> Option<Secret> {
    let At { value, span } = section.text_at("verify_token")?;
    let text = secret::resolve(section.report, &value, &span)?;
    Secret::new(text).map_err(|error| section.mistake("verify_token", error.to_string())).ok()
}

fn source(section: &Section<'_>) -> Option<String> {
    let source = section.text("source").or_else(|| section.text("provider"))?;
    if source.is_empty() || source.len() > 64 || source.contains('*') {
        section.mistake("source", "`source` must have 1 to 64 bytes and no `*`");
    }
    Some(source)
}

fn event_type_field(section: &Section<'_>) -> Option<String> {
    let field = section.text("event_type_field")?;
    if field.split('.').any(str::is_empty) {
        section.mistake("event_type_field", "`event_type_field` is a dotted path such as `event.kind`");
    }
    Some(field)
}

fn metadata(section: &Section<'_>) -> Map<String, Value> {
    match section.given("metadata").map(|given| value::json(given.get_ref())) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

fn dedupe(section: &Section<'_>) -> Dedupe {
    match section.text("deduplicate").as_deref() {
        Some("body") => Dedupe::Body,
        Some("off") => Dedupe::Off,
        _ => Dedupe::ProviderId,
    }
}
