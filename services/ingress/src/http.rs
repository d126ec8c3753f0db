//! The edge: actix requests in, responses out.

use ::spool::Drain;
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use event::EventId;
use futures_util::{FutureExt, StreamExt};
use limit::{AddressLimit, Blocked, Client, Limiter, Suspicion, Turns};
use serde::Serialize;
use service::Context;
use settings::{Endpoint, Settings};
use std::sync::Arc;
use stream::Patience;
use tokio::time::Instant;
use tracing::Instrument;

use crate::arrive::Arrival;
use crate::certificates::Certificates;
use crate::enqueue::Enqueued;
use crate::quarantine::Suspect;
use crate::reject::{Rejection, rate_headers};
use crate::spool::Reserve;
use crate::talk::Talk;
use crate::wire::Line;
use crate::{Ingress, Shared, cors, spool};

/// What a sender hears once Redis has its event.
#[derive(Serialize)]
struct Accepted<'a> {
    status: &'static str,
    event_id: &'a EventId,
    processed: &'static str,
}

// === impl Shared ===

impl Shared {
    /// Follows blocks as other ingresses make them, and makes the groups so that nothing is added before its
    /// reader's group is there.
    pub(crate) fn start(context: &Context, spooled: Option<(Reserve, Drain)>) -> Self {
        let blocked = Blocked::default();
        let (following, store, stop) = (blocked.clone(), context.store.clone(), context.stop.clone());
        tokio::spawn(async move { following.follow(&store, stop.asked()).await });
        for partition in context.store.partitions() {
            tokio::spawn(async move { partition.ensure_groups().await });
        }
        let reserve = spooled.map(|(reserve, drain)| {
            tokio::spawn(spool::follow_size(context.clone(), reserve.clone()));
            tokio::spawn(spool::drain(context.clone(), reserve.clone(), drain));
            reserve
        });
        Self {
            reserve,
            suspicion: Suspicion::new(blocked.clone()),
            addresses: Arc::new(AddressLimit::default()),
            alone: Arc::default(),
            turns: Arc::new(Turns::default()),
            talk: Arc::new(Talk::new(std::time::Instant::now())),
            sample: Arc::default(),
            certificates: Certificates::default(),
            blocked,
        }
    }
}

// === impl Ingress ===

impl Ingress {
    pub(crate) fn new(context: &Context, shared: Shared) -> Self {
        let store =
            context.open_store(Patience::Sender).expect("the address of Redis was understood at the start");
        Self { limiter: Limiter::new(shared.blocked.clone()), store, context: context.clone(), shared }
    }

    fn blocks(&self, client: &Client) -> bool {
        self.shared.blocked.until(client, std::time::Instant::now()).is_some()
    }

    /// Who sends: the peer, or whom a trusted proxy names.
    pub(crate) fn client(request: &HttpRequest, settings: &Settings) -> Client {
        let peer = request.peer_addr().map_or(std::net::Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
        let values = |name: &str| request.headers().get_all(name).map(|value| value.as_bytes()).collect();
        Client::of(peer, values, &settings.server.trusted_proxies).exempt_in(&settings.protection.allow)
    }
}

/// Every request that is not for a page of ours.
pub(crate) async fn answer(request: HttpRequest, mut body: Payload, ingress: Data<Ingress>) -> HttpResponse {
    let began = Instant::now();
    let settings = ingress.context.live.keep();
    let request_id = service::request_id();
    let endpoint = settings.endpoint_at(request.path());
    let client = Ingress::client(&request, &settings);
    let arrival = Arrival { request: &request, client, endpoint };
    let span =
        tracing::info_span!("accept", request.id = request_id, endpoint = endpoint.map(|e| e.id.as_str()));
    let options = endpoint
        .filter(|_| request.method() == Method::OPTIONS && !ingress.blocks(&client))
        .and_then(|endpoint| cors::options(endpoint, request.headers()));
    let mut seen = None;
    let walked = match options {
        Some(Ok(answer)) => return answer,
        Some(Err(rejection)) => Err(rejection),
        None => ingress.walk(arrival, &mut body, &settings, &mut seen).instrument(span.clone()).await,
    };
    span.in_scope(|| ingress.observe(endpoint, &client, &walked, began.elapsed()));
    if let Err(rejection) = &walked {
        request.conn_data::<Line>().into_iter().for_each(Line::decide);
        ingress.punish(&client, rejection, &settings.protection);
    }
    if let (Err(rejection), Some(endpoint), Some(seen)) = (&walked, endpoint, seen) {
        let suspect = Suspect { endpoint, headers: request.headers(), client, request_id: &request_id, seen };
        ingress.quarantine(suspect, rejection, &settings.quarantine);
    }
    if let Err(rejection) = &walked {
        ingress.wait_turn(rejection, &settings.protection).await;
    }
    let mut response = respond(&walked, endpoint, &request_id);
    if let Some(endpoint) = endpoint {
        cors::mark(endpoint, request.headers(), response.headers_mut());
    }
    if !is_read(&walked, &mut body) {
        response.head_mut().set_connection_type(ConnectionType::Close);
        request.conn_data::<Line>().into_iter().for_each(Line::close);
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
