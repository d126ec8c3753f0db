//! Request head → `Expected`: who sends, to which endpoint, and may it go on. Nothing of the body is read.

use std::time::Instant;

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap};
use limit::{AddressRate, Client};
use service::trace;
use settings::{Endpoint, Settings};

use crate::reject::Rejection;
use crate::wire::Line;
use crate::{Shared, cors, handshake};

/// Longest path and query.
pub(crate) const LONGEST_TARGET: usize = 8 * 1024;
/// All header names and values together.
const LARGEST_HEAD: usize = 32 * 1024;

/// A request as it arrives; nothing of it has been judged.
#[derive(Clone, Copy)]
pub(crate) struct Arrival<'r> {
    pub(crate) request: &'r HttpRequest,
    pub(crate) client: Client,
    pub(crate) endpoint: Option<&'r Endpoint>,
}

/// A request whose body may be read.
pub(crate) struct Expected<'r> {
    pub(crate) endpoint: &'r Endpoint,
    pub(crate) headers: &'r HeaderMap,
    pub(crate) client: Client,
    pub(crate) trace: String,
    /// As the sender calls it; empty unless its provider signs it.
    pub(crate) url: String,
    /// To be told that all of the body is here.
    pub(crate) line: Option<&'r Line>,
}

/// The checks that need no body, cheapest and safest first.
pub(crate) fn arrive<'r>(
    arrival: Arrival<'r>,
    shared: &Shared,
    settings: &Settings,
) -> Result<Expected<'r>, Rejection> {
    let headers = arrival.request.headers();
    if let Some(left) = shared.blocked.until(&arrival.client, Instant::now()) {
        return Err(Rejection::AddressBlocked { left });
    }
    let protection = &settings.protection;
    if arrival.client.is_within(&protection.deny) && !arrival.client.is_exempt() {
        return Err(Rejection::AddressDenied);
    }
    check_target(arrival.request)?;
    let own = arrival.endpoint.map(|endpoint| endpoint.max_request_size);
    check_declared_size(headers, own.unwrap_or(settings.server.max_request_size))?;
    let endpoint = arrival.endpoint.ok_or(Rejection::UnknownEndpoint)?;
    check_method(arrival.request.method(), endpoint)?;
    if !endpoint.enabled {
        return Err(Rejection::EndpointDisabled);
    }
    if !endpoint.allow_from.is_empty() && !arrival.client.is_within(&endpoint.allow_from) {
        return Err(Rejection::AddressDenied);
    }
    cors::check_origin(endpoint, headers)?;
    let has_body = arrival.request.method() == Method::POST;
    if has_body {
        check_framing(headers)?;
    }
    let rate = AddressRate::from(protection);
    shared
        .addresses
        .take(&arrival.client.exempt_in(&protection.exempt), rate, Instant::now())
        .map_err(|wait| Rejection::AddressLimited { wait, rate })?;
    if !has_body {
        return Err(Rejection::Greeted(handshake::without_body(arrival.request, endpoint)?));
    }
    if let Some(greeting) = handshake::unsigned(headers, endpoint) {
        return Err(Rejection::Greeted(greeting));
    }
    Ok(Expected {
        url: url(arrival.request, endpoint, settings),
        endpoint,
        headers,
        client: arrival.client,
        line: arrival.request.conn_data(),
        trace: trace::traceparent(&tracing::Span::current()),
    })
}

/// The URL that the sender called, where its provider signs it: what a trusted proxy says of it counts.
fn url(request: &HttpRequest, endpoint: &Endpoint, settings: &Settings) -> String {
    if !endpoint.scheme.signed_content().has_url() {
        return String::new();
    }
    let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
    let trusted = peer
        .is_some_and(|peer| settings.server.trusted_proxies.iter().any(|network| network.contains(&peer)));
    let value = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let told = |name: &str| value(name).filter(|_| trusted);
    let scheme = told("x-forwarded-proto").unwrap_or("http");
    let host = told("x-forwarded-host").or_else(|| value("host")).unwrap_or_default();
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    format!("{scheme}://{host}{target}")
}

fn check_target(request: &HttpRequest) -> Result<(), Rejection> {
    if request.uri().path_and_query().map_or(0, |target| target.as_str().len()) > LONGEST_TARGET {
        return Err(Rejection::UriTooLong { most: LONGEST_TARGET });
    }
    let head: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if head > LARGEST_HEAD { Err(Rejection::HeadersTooLarge { most: LARGEST_HEAD }) } else { Ok(()) }
}

fn check_declared_size(headers: &HeaderMap, most: usize) -> Result<(), Rejection> {
    match declared_length(headers) {
        Some(length) if length > most as u64 => Err(Rejection::BodyTooLarge { most }),
        _ => Ok(()),
    }
}

fn check_method(method: &Method, endpoint: &Endpoint) -> Result<(), Rejection> {
    if method == Method::POST || handshake::has_method(endpoint, method) {
        Ok(())
    } else {
        Err(Rejection::MethodNotAllowed { allow: handshake::methods(endpoint) })
    }
}

fn check_framing(headers: &HeaderMap) -> Result<(), Rejection> {
    if headers.contains_key(header::UPGRADE) {
        // The parser would read such a body until the connection ends.
        return Err(Rejection::MalformedRequest {
            why: "a webhook can't upgrade the connection; leave Upgrade out",
        });
    }
    if declared_length(headers).is_none() && !headers.contains_key(header::TRANSFER_ENCODING) {
        return Err(Rejection::LengthRequired);
    }
    Ok(())
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
