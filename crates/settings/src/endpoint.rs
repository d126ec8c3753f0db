//! `[[endpoints]]`: who may send, to where, and how it is proven.

use std::time::Duration;

use formats::Format;
use serde_json::{Map, Value};
use signature::{Scheme, Signer, Verifier};
use url::Url;

use crate::paths::{self, Claim, Paths};
use crate::rate_limit::{self, OWN_RATE_LIMIT, RateLimit};
use crate::section::Section;
use crate::server::{LARGEST_BODY, Server};
use crate::shape::{Key, Kind, Shape};
use crate::signing::{self, Signing};
use crate::value;

/// A place that takes one provider's webhooks.
#[derive(Debug)]
pub struct Endpoint {
    pub id: String,
    /// Its own path; `/webhook/<id>` works too.
    pub path: String,
    /// `stripe`, `github`, `slack`, `custom` or `standard-webhooks`.
    pub provider: String,
    /// What routes' `source_filters` match: the provider, unless the file says otherwise.
    pub source: String,
    pub enabled: bool,
    /// How the provider signs, and where it says the event's id and type.
    pub scheme: Scheme,
    /// Absent only if `signature_verification = false`.
    pub verifier: Option<Verifier>,
    /// Signs as the provider would, with the first secret; absent without a shared secret.
    pub signer: Option<Signer>,
    pub timestamp_tolerance: Duration,
    pub event_format: Format,
    /// Dotted path in the body where the event's type stands, instead of where the provider puts it.
    pub event_type_field: Option<String>,
    pub cors: Option<Cors>,
    pub metadata: Map<String, Value>,
    pub rate_limit: RateLimit,
    /// Bytes of a request body.
    pub max_request_size: usize,
    /// Of the answer to an accepted event, 200 to 299.
    pub success_status: u16,
    pub dedupe: Dedupe,
}

/// Which pages in browsers may post here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cors {
    /// `scheme://host[:port]`, or `*` for any.
    pub origins: Vec<String>,
}

/// What makes two events the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dedupe {
    /// The id that the provider gave the event; its body where there is none.
    #[default]
    ProviderId,
    /// The body, to the byte.
    Body,
    /// Nothing: every request is an event.
    Off,
}

pub(crate) static ENDPOINT: Shape = Shape {
    title: "an endpoint",
    about: "Where one provider's webhooks arrive.",
    keys: &[
        Key::new("id", Kind::Text, "Names the endpoint: letters, digits, `-`, `_` and `.`, at most 64.").required(),
        Key::new(
            "path",
            Kind::Text,
            "A path of its own. `/webhook/<id>` always works too, and is the default.",
        ),
        Key::new("provider", Kind::OneOf(Scheme::NAMES), "Whose signatures to expect.").required(),
        Key::new("source", Kind::Text, "What routes' `source_filters` match; the provider if absent."),
        Key::new(
            "secrets",
            Kind::List(&Kind::Secret),
            "Shared secrets, any of which proves a request: give the old and the new one while rotating. \
             `${NAME:-}` is left out while the variable is unset.",
        ),
        Key::new("secret", Kind::Secret, "The same, for one secret."),
        Key::new(
            "public_keys",
            Kind::List(&Kind::Secret),
            "RSA public keys in PEM, for `custom` with an `rsa-…` algorithm; usually `file:/path/key.pem`.",
        ),
        Key::new(
            "signature",
            Kind::Table(&signing::SIGNATURE),
            "How a `custom` provider signs; HMAC-SHA256 in `X-Webhook-Signature` if absent.",
        ),
        Key::new("event_format", Kind::OneOf(&["json", "xml", "form"]), "What the bodies are.").default("\"json\""),
        Key::new("event_type_field", Kind::Text, "Dotted path in the body where the event's type stands (`event.kind`), instead of where the provider puts it."),
        Key::new("enabled", Kind::Flag, "A disabled endpoint answers 403.").default("true"),
        Key::new(
            "signature_verification",
            Kind::Flag,
            "Without it anybody can send events here.",
        )
        .default("true"),
        Key::new(
            "timestamp_tolerance",
            Kind::SECONDS,
            "Seconds by which a signed timestamp may differ from this machine's clock.",
        )
        .default("300"),
        Key::new("cors_enabled", Kind::Flag, "Answer browsers' preflights, for `allowed_origins`.").default("false"),
        Key::new(
            "allowed_origins",
            Kind::List(&Kind::Text),
            "Origins of pages that may post here: `https://yourdomain.com`, or `*` for any.",
        )
        .default("[]"),
        Key::new("metadata", Kind::AnyTable, "Anything you like; shown by `/admin/endpoints`."),
        Key::new("rate_limit", Kind::Table(&OWN_RATE_LIMIT), "Limits of its own."),
        Key::new(
            "max_request_size",
            Kind::Whole { min: 1, max: LARGEST_BODY },
            "Largest request body, in bytes; the server's if absent.",
        ),
        Key::new(
            "success_status",
            Kind::Whole { min: 200, max: 299 },
            "Status of the answer to an accepted event.",
        )
        .default("200"),
        Key::new(
            "deduplicate",
            Kind::OneOf(&["provider_id", "body", "off"]),
            "What makes two requests the same event: the provider's id for it (its body where there is none), its \
             body, or nothing.",
        )
        .default("\"provider_id\""),
    ],
};

/// What endpoints take over from the rest of the file.
pub(crate) struct Defaults<'a> {
    pub(crate) server: &'a Server,
    pub(crate) rate_limit: RateLimit,
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
    let signing = signing::read(section);
    let cors = cors(section);
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
        scheme,
        verifier,
        signer,
        timestamp_tolerance: section.seconds("timestamp_tolerance"),
        event_format: section.text("event_format")?.parse::<Format>().ok()?,
        event_type_field,
        cors,
        metadata: metadata(section),
        rate_limit: rate_limit::read_own(section, defaults.rate_limit),
        max_request_size: section.whole("max_request_size").unwrap_or(defaults.server.max_request_size),
        success_status: section.whole("success_status")?,
        dedupe: dedupe(section),
    })
}

/// The origins, if CORS is on.
fn cors(section: &Section<'_>) -> Option<Cors> {
    let origins = section.texts("allowed_origins");
    for origin in origins.iter().filter(|origin| !is_origin(&origin.value)) {
        let message = format!("`{}` is not an origin such as https://yourdomain.com, nor `*`", origin.value);
        section.report.mistake(&origin.span, message);
    }
    if !section.flag("cors_enabled") {
        return None;
    }
    if origins.is_empty() {
        section
            .mistake("cors_enabled", "`cors_enabled` needs `allowed_origins`: the pages that may post here");
    }
    Some(Cors { origins: origins.into_iter().map(|origin| origin.value).collect() })
}

/// As browsers send it: scheme, host and perhaps port, nothing after.
fn is_origin(text: &str) -> bool {
    text == "*" || Url::parse(text).is_ok_and(|url| url.origin().ascii_serialization() == text)
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
