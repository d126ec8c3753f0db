//! The settings as the services use them.

use std::collections::BTreeMap;

use routing::Rules;
use serde_json::Value;
use signature::Source;

use crate::paths::Paths;
use crate::{
    Admin, Alert, Archive, Certificates, DeadLetters, Deduplication, Endpoint, Handler, Logging, Overload,
    Protection, Quarantine, RateLimit, Redis, Server, Spool, Worker,
};

/// Everything that the configuration file says, checked.
#[derive(Debug)]
pub struct Settings {
    pub server: Server,
    pub redis: Redis,
    /// For endpoints that name none; already merged into each endpoint's.
    pub rate_limit: RateLimit,
    pub protection: Protection,
    pub quarantine: Quarantine,
    pub admin: Admin,
    pub certificates: Certificates,
    pub worker: Worker,
    pub archive: Archive,
    pub dead_letters: DeadLetters,
    pub deduplication: Deduplication,
    pub overload: Overload,
    pub spool: Spool,
    pub logging: Logging,
    pub alerts: Vec<Alert>,
    pub endpoints: Vec<Endpoint>,
    pub rules: Rules,
    pub handlers: BTreeMap<String, Handler>,
    pub(crate) paths: Paths,
}

/// The commented file that the demo runs on and that a newcomer edits: `hookstream.toml` of the repository.
pub const EXAMPLE: &str = include_str!("../../../hookstream.toml");

impl Settings {
    /// [`EXAMPLE`], with its demo secrets.
    pub fn example() -> Self {
        crate::parse(EXAMPLE, "hookstream.toml", &|_| None).expect("the example is right: a test reads it")
    }

    /// The endpoint with this id.
    pub fn endpoint(&self, id: &str) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.id == id)
    }

    /// The endpoint that answers at this path: its own, or `/webhook/<id>`.
    pub fn endpoint_at(&self, path: &str) -> Option<&Endpoint> {
        self.endpoints.get(self.paths.get(path)?)
    }

    /// The type of an event of this source, as the ingress would find it in its body; or the body's `type`.
    pub fn type_in(&self, source: &str, body: &Value) -> Option<String> {
        let endpoint = self.endpoints.iter().find(|endpoint| endpoint.source == source);
        let own = endpoint.and_then(|endpoint| endpoint.event_type_field.as_deref());
        let of_scheme = endpoint.map(|endpoint| endpoint.scheme.event_type_source()).unwrap_or_default();
        let in_body = of_scheme.iter().filter_map(|source| match source {
            Source::Body(path) => Some(path.as_str()),
            Source::Header(_) => None,
        });
        own.into_iter().chain(in_body).chain(["type"]).find_map(|path| scalar(formats::lookup(body, path)?))
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What an empty file says.
impl Default for Settings {
    fn default() -> Self {
        crate::parse("", "hookstream.toml", &|_| None).expect("an empty file is right: a test reads it")
    }
}
