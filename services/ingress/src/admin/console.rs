//! `GET /admin/`: the console, one page that asks the others.

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use actix_web::{HttpRequest, HttpResponse};

use super::Answer;
use super::guard::Admin;

const PAGE: &str = include_str!("console/console.html");
const STYLE: &str = include_str!("console/console.css");
const SCRIPT: &str = include_str!("console/console.js");

/// A browser that comes without a token gets the page as well, since it can't send one until somebody typed it there;
/// but as a refusal, and there is nothing in it but the question.
pub(crate) async fn console(admin: Result<Admin, service::Problem>, request: HttpRequest) -> Answer {
    let accepts = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match admin {
        Ok(_) => Ok(page(StatusCode::OK)),
        Err(problem) if accepts.contains("text/html") => Ok(page(problem.status())),
        Err(problem) => Err(problem),
    }
}

/// Only the page's own style and script run, by a number that is new each time, and it speaks to nobody but this server.
fn page(status: StatusCode) -> HttpResponse {
    let nonce = format!("{:032x}", rand::random::<u128>());
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let html = PAGE.replace("{nonce}", &nonce).replace("{style}", STYLE).replace("{script}", SCRIPT);
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header(("Cache-Control", "no-store"))
        .body(html)
}

/// Where the page's own addresses begin.
pub(crate) async fn beside() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header(("Location", "/admin/")).finish()
}
