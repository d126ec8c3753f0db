//! What operators ask and do over HTTP, behind a token.

mod guard;
mod audit;
mod endpoints;
mod test_webhook;
mod routes;
mod pager;
mod events;
mod dead_letters;
mod replay;
mod refused;
mod limits;
mod system;

pub use guard::hash_token;

use std::net::{SocketAddr, TcpListener};

use actix_web::middleware::from_fn;
use actix_web::web::{JsonConfig, ServiceConfig, delete, get, post, scope};
use service::{Context, Failure, Problem};

/// The listener that admin has to itself, where `ADMIN_BIND` or the file gives it one.
pub(crate) fn apart(context: &Context) -> Result<Option<TcpListener>, Failure> {
    let address: Option<SocketAddr> = match context.environment.get("ADMIN_BIND") {
        Some(text) => Some(text.parse().map_err(|_| {
            Failure::Usage(format!(
                "ADMIN_BIND is `{text}`; expected an address and port, such as 127.0.0.1:5080"
            ))
        })?),
        None => context.live.now().server.admin_bind,
    };
    address.map(|address| service::bind(address, "ADMIN_BIND")).transpose()
}

/// Every admin page; [`guard::Admin`] in a page's arguments lets nobody else in.
pub(crate) fn routes(app: &mut ServiceConfig) {
    let malformed = JsonConfig::default()
        .limit(2 * 1024 * 1024)
        .error_handler(|error, _| guard::malformed(&error).into());
    app.service(
        scope("/admin")
            .wrap(from_fn(guard::identify))
            .app_data(malformed)
            .route("/endpoints", get().to(endpoints::list))
            .route("/test-webhook", post().to(test_webhook::test_webhook))
            .route("/routes", get().to(routes::list))
            .route("/routes/test", post().to(routes::test))
            .route("/events", get().to(events::list))
            .route("/events/{id}", get().to(events::show))
            .route("/dead-letters", get().to(dead_letters::list))
            .route("/dead-letters/replay", post().to(replay::replay))
            .route("/dead-letters/{id}", get().to(dead_letters::show))
            .route("/dead-letters/{id}", delete().to(dead_letters::discard))
            .route("/refused", get().to(refused::list))
            .route("/refused/replay", post().to(refused::replay))
            .route("/refused/{id}", get().to(refused::show))
            .route("/streams", get().to(system::streams))
            .route("/config/reload", post().to(system::reload))
            .route("/rate-limits/{endpoint_id}", get().to(limits::standing))
            .route("/blocked", get().to(limits::blocked))
            .route("/blocked", post().to(limits::block))
            .route("/blocked/{address}", delete().to(limits::unblock))
            .default_service(actix_web::web::to(guard::nothing_here)),
    );
}

/// What an admin page gives.
type Answer = Result<actix_web::HttpResponse, Problem>;
