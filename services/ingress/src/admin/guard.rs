//! Who may use admin: whoever has a token, each within its scope; in `hookstream dev`, loopback too.

use std::future::{Ready, ready};
use std::net::IpAddr;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::{JsonPayloadError, QueryPayloadError};
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HOST, HeaderName, HeaderValue, ORIGIN};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError};
use limit::Misdeed;
use service::Problem;
use settings::{Scope, Settings};
use sha2::{Digest, Sha256};
use stream::StoreError;
use tracing::Instrument;

use super::audit::Change;
use crate::Ingress;
use crate::reject::Rejection;

/// Proof that the caller may look; pages that take it let nobody else in. What changes something asks
/// [`Admin::change`] first.
#[derive(Debug)]
pub(crate) struct Admin {
    /// The token's name, or `loopback`.
    who: String,
    scope: Scope,
    request_id: String,
}

/// The id of a request for an admin page, for its answer, the log and the audit.
#[derive(Debug, Clone)]
struct RequestId(String);

// === impl Admin ===

impl Admin {
    /// Begins a change, for whoever has the scope for it. `on` is what is changed: of our own making, or checked.
    pub(crate) fn change(&self, what: &'static str, on: impl Into<String>) -> Result<Change, Problem> {
        let change = Change::new(&self.who, what, on.into(), &self.request_id);
        if self.scope >= Scope::Write {
            return Ok(change);
        }
        change.done("forbidden");
        Err(forbidden(format!(
            "The token `{}` has the scope {}; this needs {}.",
            self.who,
            self.scope.as_str(),
            Scope::Write.as_str()
        )))
    }
}

impl FromRequest for Admin {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let ingress = request.app_data::<Data<Ingress>>();
        ready(
            ingress
                .ok_or_else(|| forbidden("Admin is not served here."))
                .and_then(|ingress| admit(request, ingress)),
        )
    }
}

fn admit(request: &HttpRequest, ingress: &Ingress) -> Result<Admin, Problem> {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let admin = |who: &str, scope| Admin { who: who.to_owned(), scope, request_id: id };
    let context = &ingress.context;
    if context.local && is_from_here(request) {
        return Ok(admin("loopback", Scope::Write));
    }
    let settings = context.live.keep();
    let variable = context.environment.get("ADMIN_TOKEN");
    if variable.is_none() && settings.admin.tokens.is_empty() {
        return Err(forbidden(if context.local {
            "hookstream dev lets in whoever asks from this machine for localhost, and nobody else without an ADMIN_TOKEN."
        } else {
            "Admin is off: no ADMIN_TOKEN is set, and the file has no [[admin.tokens]]."
        }));
    }
    let client = Ingress::client(request, &settings).exempt_in(&settings.protection.exempt);
    if client.may_be_blocked()
        && let Some(left) = ingress.shared.blocked.until(&client, Instant::now())
    {
        return Err(Rejection::AddressBlocked { left }.problem());
    }
    let Some(given) = request.headers().get(AUTHORIZATION).and_then(|value| bearer(value.as_bytes())) else {
        return Err(forbidden("Send Authorization: Bearer and an admin token."));
    };
    match known(given, variable.as_deref(), &settings) {
        Some((who, scope)) => Ok(admin(who, scope)),
        None => {
            // Whoever guesses tokens is blocked as whoever guesses signatures.
            ingress.suspect(&client, Misdeed::BadSignature, &settings.protection);
            tracing::warn!(target: "ingress::audit", client = %client, "a wrong admin token");
            Err(forbidden("The token is not the right one."))
        }
    }
}

/// From this machine, and not by a page out of the internet that a browser here shows: neither one that sends requests
/// elsewhere, nor one whose name was made to lead here.
fn is_from_here(request: &HttpRequest) -> bool {
    // The peer itself: an address out of a header opens nothing.
    let near = request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    let named = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
    let origin = named(ORIGIN).map(|origin| origin.split_once("://").map_or("", |(_, host)| host));
    near && [named(HOST), origin].into_iter().flatten().all(is_loopback)
}

/// Is this `host` or `host:port` a name of this machine to itself?
fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or(host.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
}

/// The token, where these are credentials of that kind.
fn bearer(credentials: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = credentials.split_at_checked(BEARER.len())?;
    let token = token.trim_ascii_start();
    (scheme.eq_ignore_ascii_case(BEARER) && !token.is_empty()).then_some(token)
}

const BEARER: &[u8] = b"Bearer ";

/// Whose token this is. All are compared, each in constant time, as digests of one length: how long it takes says
/// nothing of which is nearly right.
fn known<'s>(given: &[u8], variable: Option<&str>, settings: &'s Settings) -> Option<(&'s str, Scope)> {
    let digest = Sha256::digest(given);
    let of_variable = variable.is_some_and(|token| signature::same(&digest[..], &Sha256::digest(token)[..]));
    let mut found = of_variable.then_some(("ADMIN_TOKEN", Scope::Write));
    for token in &settings.admin.tokens {
        if signature::same(&digest[..], &token.sha256) {
            found = found.or(Some((&token.name, token.scope)));
        }
    }
    found
}

/// A token as `[[admin.tokens]]` has it.
pub fn hash_token(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// Around every admin page: an id for the request, which its answer and its log lines have.
pub(crate) async fn identify(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<actix_web::body::BoxBody>, Error> {
    let id = service::request_id();
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = tracing::info_span!("admin", request.id = id);
    let answer = next.call(request).instrument(span).await?.map_into_boxed_body();
    let problem = answer.response().error().and_then(|error| error.as_error::<Problem>()).cloned();
    let mut answer = match problem {
        Some(problem) => answer.into_response(problem.for_request(&id).error_response()),
        None => answer,
    };
    if let Ok(value) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    Ok(answer)
}

fn forbidden(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "admin_forbidden", detail)
}

pub(crate) fn not_found(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not_found", detail)
}

pub(crate) fn unfit(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", detail)
}

pub(crate) fn malformed(error: &JsonPayloadError) -> Problem {
    let problem = |why: String| {
        let detail = format!("The body must be JSON as documented: {why}.");
        Problem::new(StatusCode::BAD_REQUEST, "malformed_body", detail)
    };
    match error {
        JsonPayloadError::OverflowKnownLength { limit, .. } | JsonPayloadError::Overflow { limit } => {
            let detail = format!("The body is larger than {limit} bytes.");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
        }
        JsonPayloadError::Deserialize(error) => problem(error.to_string()),
        error => problem(error.to_string()),
    }
}

pub(crate) fn malformed_query(error: &QueryPayloadError) -> Problem {
    let QueryPayloadError::Deserialize(why) = error else {
        return unfit(format!("The query is wrong: {error}."));
    };
    Problem::new(
        StatusCode::BAD_REQUEST,
        "malformed_request",
        format!("The query is not as documented: {why}."),
    )
}

/// Redis did not do what an admin page asked of it.
#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
pub(crate) fn store_failed(error: StoreError) -> Problem {
    let wait = std::time::Duration::from_secs(1);
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "queue_unavailable", format!("{error}.")).retry_after(wait)
}

pub(crate) async fn nothing_here(_: Admin) -> Result<HttpResponse, Problem> {
    Err(not_found("There is no such admin page."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine_are_known() {
        for here in ["localhost", "LocalHost:5000", "127.0.0.1", "127.0.0.2:80", "[::1]:5000", "[::1]"] {
            assert!(is_loopback(here), "{here}");
        }
        for other in [
            "",
            "evil.example",
            "evil.example:5000",
            "localhost.evil.example",
            "10.0.0.1",
            "0.0.0.0:1",
            "[::2]",
            "null",
        ] {
            assert!(!is_loopback(other), "{other}");
        }
    }

    #[test]
    fn a_token_follows_its_scheme_in_any_case() {
        assert_eq!(
            [bearer(b"Bearer a"), bearer(b"bearer  a"), bearer(b"BEARER a b")],
            [Some(&b"a"[..]), Some(b"a"), Some(b"a b")]
        );
        for other in [&b""[..], b"Bearer", b"Bearer ", b"Basic a", b"Bearera", b"a"] {
            assert_eq!(bearer(other), None);
        }
    }
}
