//! Cross-origin requests, by endpoint: exact origins or `*`, never reflected.

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use settings::{Cors, Endpoint};
use signature::Source;

use crate::handshake;
use crate::reject::Rejection;

/// What any page may send beside the simple headers; to them come those that the endpoint's signature is read from.
const ALLOWED_HEADERS: [&str; 5] =
    ["content-type", "x-webhook-signature", "x-webhook-timestamp", "x-webhook-id", "x-webhook-event"];

/// A browser's request must come from an allowed page. Requests without `Origin` are not a browser's.
pub(crate) fn check_origin(endpoint: &Endpoint, headers: &HeaderMap) -> Result<(), Rejection> {
    match (&endpoint.cors, headers.get(header::ORIGIN)) {
        (Some(cors), Some(origin)) if allowed(cors, origin).is_none() => Err(Rejection::OriginNotAllowed),
        _ => Ok(()),
    }
}

/// The answer to `OPTIONS`, where the endpoint takes browsers' requests: to a preflight, or to whoever only asks.
pub(crate) fn options(endpoint: &Endpoint, headers: &HeaderMap) -> Option<Result<HttpResponse, Rejection>> {
    let cors = endpoint.cors.as_ref()?;
    let mut answer = HttpResponse::NoContent();
    answer
        .insert_header((header::ALLOW, handshake::methods(endpoint)))
        .insert_header((header::VARY, "Origin"));
    let Some(origin) = headers.get(header::ORIGIN) else { return Some(Ok(answer.finish())) };
    let Some(allowed) = allowed(cors, origin) else { return Some(Err(Rejection::OriginNotAllowed)) };
    answer.insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed));
    if headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
        answer
            .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "POST"))
            .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, allowed_headers(endpoint)))
            .insert_header((header::ACCESS_CONTROL_MAX_AGE, "600"));
    }
    Some(Ok(answer.finish()))
}

/// Names in small letters, each once.
fn allowed_headers(endpoint: &Endpoint) -> String {
    let scheme = &endpoint.scheme;
    let own = scheme.signature_headers().chain(scheme.timestamp_header()).chain(scheme.id_header());
    let named =
        scheme.event_id_source().iter().chain(scheme.event_type_source()).filter_map(|source| match source {
            Source::Header(name) => Some(name.as_str()),
            Source::Body(_) => None,
        });
    let mut names = ALLOWED_HEADERS.map(str::to_owned).to_vec();
    for name in own.chain(named).map(str::to_ascii_lowercase) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

/// Lets the page read the answer to its own request.
pub(crate) fn mark(endpoint: &Endpoint, request: &HeaderMap, answer: &mut HeaderMap) {
    let Some(cors) = &endpoint.cors else { return };
    answer.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(allowed) = request.get(header::ORIGIN).and_then(|origin| allowed(cors, origin)) {
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    }
}

/// The configured origin that this one is: what is answered comes from the configuration, not from the request.
fn allowed(cors: &Cors, origin: &HeaderValue) -> Option<HeaderValue> {
    let origin = origin.to_str().ok().filter(|origin| *origin != "null")?;
    let found = cors.origins.iter().find(|listed| *listed == origin || *listed == "*")?;
    HeaderValue::from_str(found).ok()
}
