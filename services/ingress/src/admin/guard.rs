//! Who may use admin: whoever has the token; in `hookstream dev`, loopback too.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::error::JsonPayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use service::Problem;
use stream::StoreError;

use crate::Ingress;

/// Proof that the caller may; pages that take it let nobody else in.
pub(crate) struct Admin(());

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
    let context = &ingress.context;
    // The peer itself: an address out of a header opens nothing.
    if context.local && request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback()) {
        return Ok(Admin(()));
    }
    let Some(token) = context.environment.get("ADMIN_TOKEN") else {
        return Err(forbidden("Admin is off: no ADMIN_TOKEN is set."));
    };
    let given =
        request.headers().get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    match given {
        Some(given) if signature::same(given, token.as_bytes()) => Ok(Admin(())),
        Some(_) => Err(forbidden("The token is not the right one.")),
        None => Err(forbidden("Send Authorization: Bearer and the token of ADMIN_TOKEN.")),
    }
}

fn forbidden(detail: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "admin_forbidden", detail)
}

pub(crate) fn not_found(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not_found", detail)
}

pub(crate) fn unfit(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", detail)
}

pub(crate) fn malformed(error: &JsonPayloadError) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "malformed_body",
        format!("The body must be JSON as documented: {error}."),
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
