//! Cross-origin requests, by endpoint: exact origins or `*`, never reflected.

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use settings::{Cors, Endpoint};

use crate::reject::Rejection;

/// What browsers may send beside the simple headers. Signatures are made by servers, so no wildcard is needed.
const ALLOWED_HEADERS: &str =
    "content-type, x-webhook-signature, x-webhook-timestamp, x-webhook-id, x-webhook-event";

/// A browser's request must come from an allowed page. Requests without `Origin` are not a browser's.
pub(crate) fn check_origin(endpoint: &Endpoint, headers: &HeaderMap) -> Result<(), Rejection> {
    match (&endpoint.cors, headers.get(header::ORIGIN)) {
        (Some(cors), Some(origin)) if allowed(cors, origin).is_none() => Err(Rejection::OriginNotAllowed),
        _ => Ok(()),
    }
}

/// The answer to a preflight, if this is one and the endpoint takes them.
pub(crate) fn preflight(endpoint: &Endpoint, headers: &HeaderMap) -> Option<Result<HttpResponse, Rejection>> {
    let cors = endpoint.cors.as_ref()?;
    let origin = headers.get(header::ORIGIN)?;
    headers.get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
    let Some(allowed) = allowed(cors, origin) else { return Some(Err(Rejection::OriginNotAllowed)) };
    let answer = HttpResponse::NoContent()
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed))
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "POST"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, "600"))
        .insert_header((header::VARY, "Origin"))
        .finish();
    Some(Ok(answer))
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
