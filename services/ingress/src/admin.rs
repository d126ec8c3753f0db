//! What operators ask and do over HTTP, behind a token.

mod guard;
mod page;
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
mod openapi;
mod console;

pub use guard::hash_token;

use std::net::{SocketAddr, TcpListener};

use actix_web::middleware::from_fn;
use actix_web::web::{JsonConfig, PathConfig, QueryConfig, ServiceConfig, get, scope, to};
use service::{Context, Failure, Problem};

use self::page::Page;

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

/// Largest body that admin takes, in bytes.
const LARGEST_BODY: usize = 2 * 1024 * 1024;

/// Every admin page; [`guard::Admin`] in a page's arguments lets nobody else in.
fn pages() -> Vec<Page> {
    vec![
        Page::at("/endpoints").get(endpoints::list),
        Page::at("/test-webhook").post(test_webhook::test_webhook),
        Page::at("/routes").get(routes::list),
        Page::at("/routes/test").post(routes::test),
        Page::at("/events").get(events::list),
        Page::at("/events/{id}").get(events::show),
        Page::at("/dead-letters").get(dead_letters::list),
        Page::at("/dead-letters/replay").post(replay::replay),
        Page::at("/dead-letters/{id}").get(dead_letters::show).delete(dead_letters::discard),
        Page::at("/refused").get(refused::list),
        Page::at("/refused/replay").post(refused::replay),
        Page::at("/refused/{id}").get(refused::show),
        Page::at("/streams").get(system::streams),
        Page::at("/rate-limits/{endpoint_id}").get(limits::standing),
        Page::at("/blocked").get(limits::blocked).post(limits::block),
        // The network of an IPv6 address has a slash in its name.
        Page::at("/blocked/{ip:.+}").delete(limits::unblock),
        Page::at("/config/reload").post(system::reload),
        Page::at("/openapi.json").get(openapi::openapi),
        Page::at("/").get(console::console),
    ]
}

pub(crate) fn routes(app: &mut ServiceConfig) {
    // Whatever type a body says it has: `curl -d` and many programs say another, or none.
    let body = JsonConfig::default()
        .limit(LARGEST_BODY)
        .content_type_required(false)
        .content_type(|_| true)
        .error_handler(|error, _| guard::malformed(&error).into());
    let query = QueryConfig::default().error_handler(|error, _| guard::malformed_query(&error).into());
    let path =
        PathConfig::default().error_handler(|_, _| guard::not_found("There is no such admin page.").into());
    app.service(
        scope("/admin")
            .wrap(from_fn(guard::identify))
            .app_data(body)
            .app_data(query)
            .app_data(path)
            .route("", get().to(console::beside))
            .configure(|app| pages().into_iter().for_each(|page| page.serve(app)))
            .default_service(to(guard::nothing_here)),
    );
}

/// What an admin page gives.
type Answer = Result<actix_web::HttpResponse, Problem>;
