//! What providers ask of an endpoint beside taking events, by the provider's data: answered here, never an event.
//!
//! Those that prove something are answered once the signature is proven; those that prove nothing tell nothing.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::header::{self, ContentType, HeaderMap};
use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};
use settings::Endpoint;
use signature::{Handshake, Proof};

use crate::headers::Received;
use crate::receive::Incoming;
use crate::reject::Rejection;

/// No provider's challenge is longer.
const LONGEST_CHALLENGE: usize = 2048;

/// The shop's first request is `webhook_id=` and a number.
const LONGEST_PING: u64 = 64;

/// The answer to a handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Greeting {
    /// Nothing but the status.
    Empty(StatusCode),
    /// Plain text, sent back as it came.
    Text(String),
    Json(Value),
    /// A header, sent back as it came.
    Header(&'static str, String),
}

/// A request without a body, by the method that the provider's handshake has.
pub(crate) fn without_body(request: &HttpRequest, endpoint: &Endpoint) -> Result<Greeting, Rejection> {
    let refused = |why| Err(Rejection::HandshakeRefused { why });
    let query = |name: &str| {
        let mut pairs = form_urlencoded::parse(request.query_string().as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    match endpoint.scheme.handshake() {
        Some(Handshake::Meta) => {
            let token = query("hub.verify_token").unwrap_or_default();
            let ours = endpoint.verify_token.as_ref().is_some_and(|secret| secret.is(token.as_bytes()));
            match query("hub.challenge").filter(|_| query("hub.mode").as_deref() == Some("subscribe")) {
                Some(challenge) if ours => text(&challenge),
                _ => refused("its hub.verify_token is not the endpoint's verify_token"),
            }
        }
        Some(Handshake::Dropbox) => {
            query("challenge").map_or_else(|| refused("no challenge is in it"), |c| text(&c))
        }
        Some(Handshake::Okta) => okta(request.headers(), endpoint),
        Some(Handshake::Trello) => Ok(Greeting::Empty(StatusCode::OK)),
        _ => Err(Rejection::MethodNotAllowed { allow: methods(endpoint) }),
    }
}

/// Whether the endpoint's provider makes itself known by this method.
pub(crate) fn has_method(endpoint: &Endpoint, method: &Method) -> bool {
    endpoint.scheme.handshake().and_then(Handshake::method) == Some(method.as_str())
}

/// The methods that an endpoint answers, as `Allow` lists them: webhooks', its provider's handshake's, and a preflight's.
pub(crate) fn methods(endpoint: &Endpoint) -> String {
    let own = endpoint.scheme.handshake().and_then(Handshake::method);
    let preflight = endpoint.cors.as_ref().map(|_| "OPTIONS");
    ["POST"].into_iter().chain(own).chain(preflight).collect::<Vec<_>>().join(", ")
}

fn okta(headers: &HeaderMap, endpoint: &Endpoint) -> Result<Greeting, Rejection> {
    if let Some(verifier) = &endpoint.verifier {
        verifier.verify(&Received(headers), b"", 0).map_err(|refusal| Rejection::Signature { refusal })?;
    }
    match value(headers, "x-okta-verification-challenge") {
        Some(challenge) if challenge.len() <= LONGEST_CHALLENGE => {
            Ok(Greeting::Json(json!({ "verification": challenge })))
        }
        _ => Err(Rejection::HandshakeRefused { why: "no challenge is in it" }),
    }
}

/// A POST that its provider does not sign: known by its head, its body is not read.
pub(crate) fn unsigned(headers: &HeaderMap, endpoint: &Endpoint) -> Option<Greeting> {
    if endpoint.scheme.signature_headers().any(|name| headers.contains_key(name)) {
        return None;
    }
    match endpoint.scheme.handshake()? {
        Handshake::Asana => {
            let secret =
                value(headers, "x-hook-secret").filter(|secret| secret.len() <= LONGEST_CHALLENGE)?;
            Some(Greeting::Header("X-Hook-Secret", secret.to_owned()))
        }
        Handshake::Woocommerce => {
            let is_form = value(headers, "content-type")?.starts_with("application/x-www-form-urlencoded");
            let length: u64 = value(headers, "content-length")?.parse().ok()?;
            (is_form && length <= LONGEST_PING).then_some(Greeting::Empty(StatusCode::OK))
        }
        _ => None,
    }
}

/// A POST that is proven, and no event.
pub(crate) fn signed(incoming: &Incoming<'_>, proof: Option<&Proof>) -> Option<Greeting> {
    let handshake = incoming.endpoint.scheme.handshake()?;
    if handshake == Handshake::Twitch {
        let kind = value(incoming.headers, "twitch-eventsub-message-type")?;
        let challenge = || text(body(incoming)?["challenge"].as_str()?).ok();
        return (kind == "webhook_callback_verification").then(challenge)?;
    }
    match handshake {
        Handshake::Slack => {
            let body = body(incoming)?;
            (body["type"] == "url_verification").then(|| text(body["challenge"].as_str()?).ok())?
        }
        Handshake::Zoom => {
            let body = body(incoming)?;
            (body["event"] == "endpoint.url_validation").then(|| zoom(&body, incoming.endpoint, proof))?
        }
        Handshake::Discord => {
            let body = body(incoming)?;
            match body["type"].as_u64()? {
                // Webhook events say 0 for this, interactions 1; an event of type 1 holds more.
                0 => Some(Greeting::Empty(StatusCode::NO_CONTENT)),
                1 if body.get("event").is_none() => Some(Greeting::Json(json!({ "type": 1 }))),
                _ => None,
            }
        }
        Handshake::Xero => {
            let body = body(incoming)?;
            body["events"].as_array()?.is_empty().then_some(Greeting::Empty(StatusCode::OK))
        }
        _ => None,
    }
}

fn zoom(body: &Value, endpoint: &Endpoint, proof: Option<&Proof>) -> Option<Greeting> {
    let plain = body["payload"]["plainToken"].as_str().filter(|token| token.len() <= LONGEST_CHALLENGE)?;
    let encrypted = endpoint.verifier.as_ref()?.mac(proof?.key_index, plain.as_bytes())?;
    Some(Greeting::Json(json!({ "plainToken": plain, "encryptedToken": hex::encode(encrypted) })))
}

fn text(challenge: &str) -> Result<Greeting, Rejection> {
    if challenge.is_empty() || challenge.len() > LONGEST_CHALLENGE {
        return Err(Rejection::HandshakeRefused { why: "its challenge is empty or too long" });
    }
    Ok(Greeting::Text(challenge.to_owned()))
}

/// Handshakes are small; a large body is an event.
fn body(incoming: &Incoming<'_>) -> Option<Value> {
    const LARGEST: usize = 16 * 1024;
    (incoming.body.len() <= LARGEST).then(|| serde_json::from_slice(&incoming.body).ok())?
}

fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

// === impl Greeting ===

impl Greeting {
    pub(crate) fn respond(&self, request_id: &str) -> HttpResponse {
        let status = if let Self::Empty(status) = self { *status } else { StatusCode::OK };
        let mut answer = HttpResponse::build(status);
        answer
            .insert_header(("X-Request-Id", request_id))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
        match self {
            Self::Empty(_) => answer.finish(),
            Self::Text(text) => answer.insert_header(ContentType::plaintext()).body(text.clone()),
            Self::Json(json) => answer.json(json),
            Self::Header(name, value) => answer.insert_header((*name, value.as_str())).finish(),
        }
    }
}
