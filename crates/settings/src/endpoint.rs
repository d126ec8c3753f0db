//! `[[endpoints]]`: who may send, to where, and how it is proven.

use std::time::Duration;

use formats::Format;
use ipnet::IpNet;
use serde_json::{Map, Value};
use signature::{Scheme, Secret, Signer, Verifier};

use crate::provider::PROVIDER;
use crate::rate_limit::{OWN_RATE_LIMIT, RateLimit};
use crate::server::LARGEST_BODY;
use crate::shape::{Key, Kind, Shape};
use crate::signing::SECRET;

mod read;
mod cors;

pub use cors::Cors;
pub(crate) use read::{Defaults, read};

/// A place that takes one provider's webhooks.
#[derive(Debug)]
pub struct Endpoint {
    pub id: String,
    /// Its own path; `/webhook/<id>` works too.
    pub path: String,
    /// A built-in one such as `stripe`, or one that the file describes.
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
    /// What Meta sends when it asks whether the endpoint is ours.
    pub verify_token: Option<Secret>,
    pub event_format: Format,
    /// Dotted path in the body where the event's type stands, instead of where the provider puts it.
    pub event_type_field: Option<String>,
    pub cors: Option<Cors>,
    pub metadata: Map<String, Value>,
    pub rate_limit: RateLimit,
    /// Networks that may send here; empty: all.
    pub allow_from: Vec<IpNet>,
    /// Bytes of a request body.
    pub max_request_size: usize,
    /// Of the answer to an accepted event, 200 to 299.
    pub success_status: u16,
    pub dedupe: Dedupe,
}

/// What makes two events the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dedupe {
    /// The id that the provider gave the event; an event without one is always new.
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
        Key::new("id", Kind::Text, "Names the endpoint: letters, digits, `-`, `_` and `.`, at most 64.")
            .required(),
        Key::new(
            "path",
            Kind::Text,
            "A path of its own. `/webhook/<id>` always works too, and is the default.",
        ),
        Key::new(
            "provider",
            Kind::Text,
            "Whose signatures to expect: one of `docs/providers.md`, such as `stripe`, `custom`, or a table `[providers.NAME]`.",
        )
        .required(),
        Key::new("source", Kind::Text, "What routes' `source_filters` match; the provider if absent."),
        Key::new(
            "secrets",
            Kind::List(&Kind::SecretOr(&SECRET)),
            "Shared secrets, any of which proves a request: give the old and the new one while rotating. \
             `${NAME:-}` is left out while the variable is unset.",
        ),
        Key::new("secret", Kind::Secret, "The same, for one secret."),
        Key::new(
            "public_keys",
            Kind::List(&Kind::Secret),
            "The sender's public keys, for algorithms that need them, in PEM; usually `file:/path/key.pem`. Discord's \
             may be hex, SendGrid's base64.",
        ),
        Key::new(
            "signature",
            Kind::Table(&PROVIDER),
            "How the sender signs where it differs from the provider; for `custom`, from an HMAC-SHA256 in \
             `X-Webhook-Signature`.",
        ),
        Key::new("event_format", Kind::OneOf(&["json", "xml", "form"]), "What the bodies are.")
            .default("\"json\""),
        Key::new(
            "event_type_field",
            Kind::Text,
            "Dotted path in the body where the event's type stands (`event.kind`), instead of where the provider puts it.",
        ),
        Key::new("enabled", Kind::Flag, "A disabled endpoint answers 403.").default("true"),
        Key::new("signature_verification", Kind::Flag, "Without it anybody can send events here.")
            .default("true"),
        Key::new(
            "timestamp_tolerance",
            Kind::SECONDS,
            "Seconds by which a signed timestamp may differ from this machine's clock; the provider's if absent, mostly 300.",
        ),
        Key::new("verify_token", Kind::Secret, "The text that Meta sends back when it asks whether the endpoint is ours."),
        Key::new("cors_enabled", Kind::Flag, "Answer browsers' preflights, for `allowed_origins`.")
            .default("false"),
        Key::new(
            "allowed_origins",
            Kind::List(&Kind::Text),
            "Origins of pages that may post here: `https://yourdomain.com`, or `*` for any.",
        )
        .default("[]"),
        Key::new("metadata", Kind::AnyTable, "Anything you like; shown by `/admin/endpoints`."),
        Key::new("rate_limit", Kind::Table(&OWN_RATE_LIMIT), "Limits of its own."),
        Key::new(
            "allow_from",
            Kind::List(&Kind::Network),
            "Networks that may send here, such as the ones that the provider publishes; others are refused with 403. \
             Empty: anybody who signs.",
        )
        .default("[]"),
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
            "What makes two requests the same event: the provider's id for it (an event without one is \
             always new), its body, or nothing.",
        )
        .default("\"provider_id\""),
    ],
};
