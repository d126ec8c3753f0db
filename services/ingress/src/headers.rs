//! Request headers: as the verifier reads them, and those that are kept with the event.

use actix_web::http::header::HeaderMap;
use event::Headers;
use settings::Endpoint;
use signature::HeaderSource;

/// Headers as received.
pub(crate) struct Received<'r>(pub(crate) &'r HeaderMap);

/// Never kept: credentials, and what concerns only the connection.
const LEFT_OUT: &[&str] = &[
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-real-ip",
];

/// A header whose name holds one of these may hold something that proves who one is.
const TELLING: &[&str] =
    &["signature", "token", "secret", "hmac", "api-key", "apikey", "password", "x-forwarded-"];

/// Bounds of what is kept.
const MOST_HEADERS: usize = 64;
const LONGEST_VALUE: usize = 2048;

// === impl Received ===

impl HeaderSource for Received<'_> {
    fn values(&self, name: &str) -> Vec<&[u8]> {
        self.0.get_all(name).map(|value| value.as_bytes()).collect()
    }
}

/// The headers that stay with the event: nothing that proves an identity.
pub(crate) fn kept(received: &HeaderMap, endpoint: &Endpoint) -> Headers {
    let signed = endpoint.scheme.header();
    let fit = received.iter().filter(|(name, value)| {
        let name = name.as_str();
        !LEFT_OUT.contains(&name)
            && !name.eq_ignore_ascii_case(signed)
            && !TELLING.iter().any(|part| name.contains(part))
            && value.len() <= LONGEST_VALUE
    });
    fit.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).take(MOST_HEADERS).collect()
}
