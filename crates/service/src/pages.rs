//! `/health`, `/ready` and `/metrics`, on every service's port.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{Data, ServiceConfig, get, head, resource, to};
use actix_web::{App, FromRequest, Handler, HttpResponse, HttpServer, Resource, Responder, ResponseError};
use event::Millis;
use serde_json::json;

use crate::{Context, Failure, Obstacle, Problem, Report, Reserves, Stock};

/// Adds the pages that every service answers: the probes, and `/metrics` as JSON.
pub fn pages(context: &Context) -> impl Fn(&mut ServiceConfig) + Clone + use<> {
    let probes = probes(context);
    move |app: &mut ServiceConfig| {
        probes(app);
        app.service(page("/metrics", metrics));
    }
}

/// Adds `/health` and `/ready` alone, for a service whose `/metrics` is its own.
pub fn probes(context: &Context) -> impl Fn(&mut ServiceConfig) + Clone + use<> {
    let context = Data::new(context.clone());
    move |app: &mut ServiceConfig| {
        app.app_data(context.clone()).service(page("/health", health)).service(page("/ready", ready));
    }
}

/// A page that is looked at: by GET, or by HEAD as load balancers do. Any other method is refused.
pub fn page<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    resource(path)
        .route(get().to(handler.clone()))
        .route(head().to(handler))
        .default_service(to(other_method))
}

async fn other_method() -> HttpResponse {
    Problem::other_method("GET, HEAD").error_response()
}

async fn no_page() -> HttpResponse {
    let detail = "There is no such page on this port; there are /health, /ready and /metrics.";
    Problem::new(StatusCode::NOT_FOUND, "not_found", detail).error_response()
}

/// Takes the port, or says which setting moves it.
///
/// # Errors
/// The port is taken, or may not be listened on.
pub fn bind(address: SocketAddr, setting: &str) -> Result<TcpListener, Failure> {
    let setting = setting.to_owned();
    TcpListener::bind(address).map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => Failure::PortTaken { address, setting },
        _ => Failure::Listen { address, setting, source },
    })
}

/// Serves only those pages, until the stop: for services that answer nobody else.
///
/// # Errors
/// As [`bind`].
pub async fn serve(context: &Context) -> Result<(), Failure> {
    serve_with(context, &Obstacle::default()).await
}

/// The same; not ready while there is an obstacle.
///
/// # Errors
/// As [`bind`].
pub async fn serve_with(context: &Context, obstacle: &Obstacle) -> Result<(), Failure> {
    if context.local {
        // All services in one process: the ingress answers for it.
        context.stop.asked().await;
        return Ok(());
    }
    let listener = bind(context.listen()?, context.about.port_variable)?;
    let (pages, obstacle) = (pages(context), Data::new(obstacle.clone()));
    let configure = move |app: &mut ServiceConfig| {
        app.app_data(obstacle.clone());
        pages(app);
    };
    serve_app(context, listener, configure).await
}

/// Serves an application of a few pages on one thread, until the stop.
///
/// # Errors
/// The listener fails.
pub async fn serve_app<F>(context: &Context, listener: TcpListener, configure: F) -> Result<(), Failure>
where
    F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    let stop = context.stop.clone();
    let io = |source| Failure::Io { what: "the page server failed".to_owned(), source };
    let server =
        HttpServer::new(move || App::new().configure(configure.clone()).default_service(to(no_page)))
            .workers(1)
            .disable_signals()
            .shutdown_timeout(1)
            .listen(listener)
            .map_err(io)?
            .shutdown_signal(async move { stop.asked().await })
            .run();
    server.await.map_err(io)
}

async fn health() -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "status": "healthy",
        "timestamp": Millis::now().to_string(),
        "version": env!("CARGO_PKG_VERSION"),
    }))
}

/// Ready to take work: Redis answers, nothing else stands in the way, and we are not stopping.
///
/// With reserves it is ready while Redis is away too, as long as they last: whoever stopped sending would keep from us
/// what we could take.
async fn ready(
    context: Data<Context>,
    obstacle: Option<Data<Obstacle>>,
    reserves: Option<Data<Reserves>>,
) -> HttpResponse {
    if context.stop.is_asked() {
        return unavailable("stopping: work under way is being finished");
    }
    if let Some(why) = obstacle.and_then(|obstacle| obstacle.why()) {
        return unavailable(&why);
    }
    let trouble = context.footing.trouble_now(&context.store).await;
    let stock = reserves.map(|reserves| reserves.now());
    if let (Some(why), false) = (&trouble, stock.as_ref().is_some_and(|stock| stock.takes)) {
        return unavailable(why);
    }
    let mut ready = json!({ "status": "ready" });
    if let Some(why) = trouble {
        ready["redis"] = why.into();
    }
    if let Some(Stock { told: (name, told), .. }) = stock {
        ready[name] = told;
    }
    HttpResponse::Ok().json(ready)
}

async fn metrics(context: Data<Context>) -> HttpResponse {
    context.meter.ship(&context.store).await;
    match Report::make(&context.store, Millis::now()).await {
        Ok(report) => HttpResponse::Ok().json(report),
        Err(error) => unavailable(&error.to_string()),
    }
}

fn unavailable(why: &str) -> HttpResponse {
    let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", why);
    problem.retry_after(Duration::from_secs(1)).error_response()
}
