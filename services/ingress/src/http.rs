//! The edge: actix requests in, responses out.

use std::time::Duration;

use actix_web::dev::Service;
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::web::{Data, Payload, to};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, ResponseError};
use event::EventId;
use futures_util::{FutureExt, StreamExt};
use limit::{AddressLimit, Blocked, Client, Limiter, Suspicion};
use serde::Serialize;
use service::{Context, Failure};
use settings::{Endpoint, Settings};
use std::sync::Arc;
use stream::Patience;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tracing::Instrument;

use crate::arrive::Arrival;
use crate::certificates::Certificates;
use crate::connection::{Connection, Connections};
use crate::enqueue::Enqueued;
use crate::quarantine::Suspect;
use crate::reject::{Rejection, rate_headers};
use crate::{Ingress, Shared, admin, cors};

/// What a sender hears once Redis has its event.
#[derive(Serialize)]
struct Accepted<'a> {
    status: &'static str,
    event_id: &'a EventId,
    processed: &'static str,
}

/// Longer than the idle timeouts of the proxies before us, so that they close first and never reuse a connection
/// that we are closing.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Takes the ports and answers until the stop.
pub(crate) async fn serve(context: Context) -> Result<(), Failure> {
    let listener = service::bind(context.listen()?, context.about.port_variable)?;
    let shared = Shared::start(&context);
    let apart = admin::apart(&context)?;
    let (stop, server) = (context.stop.clone(), &context.live.keep().server);
    let (head_timeout, grace) = (server.request_timeout, server.grace.as_secs());
    let with_admin = apart.is_none();
    let (connections, live) = (Connections::new(), context.live.clone());
    tokio::spawn(connections.clone().watch());
    let made = (context.clone(), shared.clone());
    let answering = HttpServer::new(move || {
        let ingress = Data::new(Ingress::new(&made.0, made.1.clone()));
        let app = App::new().app_data(ingress).configure(service::pages(&made.0));
        let app = app.wrap_fn(|request, pages| {
            let busy = request.conn_data::<Connection>().map(Connection::begin);
            let answering = pages.call(request);
            async move {
                let answer = answering.await;
                drop(busy);
                answer
            }
        });
        let app = if with_admin { app.configure(admin::routes) } else { app };
        app.default_service(to(answer))
    })
    .on_connect(move |socket, data| {
        let socket = socket.downcast_ref::<TcpStream>();
        if let Some(connection) = socket.and_then(|socket| connections.open(socket, &live.now())) {
            data.insert(connection);
        }
    })
    .disable_signals()
    .keep_alive(KEEP_ALIVE)
    .client_request_timeout(head_timeout)
    .shutdown_timeout(grace)
    .listen(listener)
    .map_err(failed)?
    .shutdown_signal(async move { stop.asked().await })
    .run();
    let answering = async { answering.await.map_err(failed) };
    match apart {
        Some(listener) => {
            let ingress = Data::new(Ingress::new(&context, shared));
            let admin = service::serve_app(&context, listener, move |app| {
                app.app_data(ingress.clone()).configure(admin::routes);
            });
            tokio::try_join!(answering, admin).map(|_| ())
        }
        None => answering.await,
    }
}

fn failed(source: std::io::Error) -> Failure {
    Failure::Io { what: "the web server failed".to_owned(), source }
}

// === impl Shared ===

impl Shared {
    /// Follows blocks as other ingresses make them, and makes the groups so that nothing is added before its
    /// reader's group is there.
    fn start(context: &Context) -> Self {
        let blocked = Blocked::default();
        let (following, store, stop) = (blocked.clone(), context.store.clone(), context.stop.clone());
        tokio::spawn(async move { following.follow(&store, stop.asked()).await });
        let store = context.store.clone();
        tokio::spawn(async move { store.ensure_groups().await });
        Self {
            suspicion: Suspicion::new(blocked.clone()),
            addresses: Arc::new(AddressLimit::default()),
            sample: Arc::default(),
            certificates: Certificates::default(),
            blocked,
        }
    }
}

// === impl Ingress ===

impl Ingress {
    fn new(context: &Context, shared: Shared) -> Self {
        let store =
            context.open_store(Patience::Sender).expect("the address of Redis was understood at the start");
        Self { limiter: Limiter::new(shared.blocked.clone()), store, context: context.clone(), shared }
    }

    /// Who sends: the peer, or whom a trusted proxy names.
    pub(crate) fn client(request: &HttpRequest, settings: &Settings) -> Client {
        let peer = request.peer_addr().map_or(std::net::Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
        let values = |name: &str| request.headers().get_all(name).map(|value| value.as_bytes()).collect();
        Client::of(peer, values, &settings.server.trusted_proxies).exempt_in(&settings.protection.allow)
    }
}

/// Every request that is not for a page of ours.
async fn answer(request: HttpRequest, mut body: Payload, ingress: Data<Ingress>) -> HttpResponse {
    let began = Instant::now();
    let settings = ingress.context.live.keep();
    let request_id = request_id();
    let endpoint = settings.endpoint_at(request.path());
    let client = Ingress::client(&request, &settings);
    let arrival = Arrival { request: &request, client, endpoint };
    let span =
        tracing::info_span!("accept", request.id = request_id, endpoint = endpoint.map(|e| e.id.as_str()));
    let preflight = endpoint
        .filter(|_| request.method() == Method::OPTIONS)
        .and_then(|endpoint| cors::preflight(endpoint, request.headers()));
    let mut seen = None;
    let walked = match preflight {
        Some(Ok(answer)) => return answer,
        Some(Err(rejection)) => Err(rejection),
        None => ingress.walk(arrival, &mut body, &settings, &mut seen).instrument(span.clone()).await,
    };
    span.in_scope(|| ingress.observe(endpoint, &client, &walked, began.elapsed()));
    if let Some(misdeed) = walked.as_ref().err().and_then(Rejection::misdeed) {
        ingress.suspect(client, misdeed, settings.protection.clone());
    }
    if let (Err(rejection), Some(endpoint), Some(seen)) = (&walked, endpoint, seen) {
        let suspect = Suspect { endpoint, headers: request.headers(), client, request_id: &request_id, seen };
        ingress.quarantine(suspect, rejection, &settings.quarantine);
    }
    let mut response = respond(&walked, endpoint, &request_id);
    if let Some(endpoint) = endpoint {
        cors::mark(endpoint, request.headers(), response.headers_mut());
    }
    if !is_read(&walked, &mut body) {
        response.head_mut().set_connection_type(ConnectionType::Close);
        request.conn_data::<Connection>().into_iter().for_each(Connection::hurry);
    }
    response
}

/// Is it certain that nothing of this request is still to come? What would follow must not be taken for another one.
fn is_read(walked: &Result<Enqueued, Rejection>, body: &mut Payload) -> bool {
    match walked {
        Ok(_) => true,
        Err(Rejection::LengthRequired | Rejection::MalformedRequest { .. }) => false,
        Err(_) => matches!(body.next().now_or_never(), Some(None)),
    }
}

fn respond(
    walked: &Result<Enqueued, Rejection>,
    endpoint: Option<&Endpoint>,
    request_id: &str,
) -> HttpResponse {
    match walked {
        Ok(enqueued) => {
            accepted(enqueued, endpoint.and_then(|endpoint| endpoint.scheme.answer()), request_id)
        }
        Err(Rejection::Greeted(greeting)) => greeting.respond(request_id),
        Err(rejection) => rejection.problem().for_request(request_id).error_response(),
    }
}

/// In our words, unless the provider wants to read others.
fn accepted(enqueued: &Enqueued, wanted: Option<&str>, request_id: &str) -> HttpResponse {
    let mut answer =
        HttpResponse::build(StatusCode::from_u16(enqueued.success_status).unwrap_or(StatusCode::OK));
    answer.insert_header(("X-Request-Id", request_id));
    for header in rate_headers(&enqueued.standing) {
        answer.insert_header(header);
    }
    if enqueued.repeated {
        answer.insert_header(("Idempotent-Replayed", "true"));
    }
    if let Some(text) = wanted {
        return answer.content_type("text/plain; charset=utf-8").body(text.to_owned());
    }
    answer.json(Accepted { status: "accepted", event_id: &enqueued.id, processed: "pending" })
}

pub(crate) fn request_id() -> String {
    format!("req_{:032x}", rand::random::<u128>())
}
