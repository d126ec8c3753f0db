//! `POST /admin/test-webhook`: signs a payload as the endpoint's provider would, and sends it down the walk.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use actix_web::web::{Bytes, Data, Json};
use event::Millis;
use formats::Format;
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Problem, trace};
use settings::Endpoint;
use tracing::Instrument;

use super::Answer;
use super::guard::{Admin, not_found, unfit};
use crate::enqueue::Enqueued;
use crate::receive::Incoming;
use crate::reject::Rejection;
use crate::{Ingress, admit, enqueue, verify};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Test {
    endpoint_id: String,
    payload: Value,
}

pub(crate) async fn test_webhook(
    admin: Admin,
    request: HttpRequest,
    ingress: Data<Ingress>,
    test: Json<Test>,
) -> Answer {
    let settings = ingress.context.live.keep();
    let endpoint = settings
        .endpoint(&test.endpoint_id)
        .ok_or_else(|| not_found(format!("No endpoint has the id `{}`.", test.endpoint_id)))?;
    let change = admin.change("test_webhook", &endpoint.id)?;
    if !endpoint.enabled {
        let disabled = Rejection::EndpointDisabled;
        change.done(disabled.code());
        return Err(disabled.problem());
    }
    let now = Millis::now();
    let body = body(endpoint, &test.payload)?;
    let (headers, body) = sign(endpoint, body, now)?;
    let span = tracing::info_span!(parent: None, "test_webhook", endpoint = endpoint.id);
    let incoming = Incoming {
        endpoint,
        headers: &headers,
        client: Ingress::client(&request, &settings),
        trace: trace::traceparent(&span),
        url: String::new(),
        body,
        received_at: now,
    };
    let walked = async {
        let verified = verify::verify(incoming, ingress.getting(&settings), now).await?;
        let admitted = admit::admit(verified, ingress.counting(&settings)).await?;
        enqueue::enqueue(admitted, ingress.way(), &settings).await
    };
    match walked.instrument(span).await {
        Ok(enqueued) => {
            change.done("accepted");
            Ok(HttpResponse::Ok().json(told(endpoint, &enqueued)))
        }
        Err(rejection) => {
            change.done(rejection.code());
            Err(rejection.problem())
        }
    }
}

fn told(endpoint: &Endpoint, enqueued: &Enqueued) -> Value {
    json!({
        "endpoint_id": endpoint.id,
        "status": "accepted",
        "event_id": enqueued.id,
        "processed": "pending",
        "duplicate": enqueued.repeated,
        "signature": if enqueued.proof.is_some() { "valid" } else { "not asked for" },
    })
}

/// JSON endpoints take any payload; others take the body as a string.
fn body(endpoint: &Endpoint, payload: &Value) -> Result<Bytes, Problem> {
    match (endpoint.event_format, payload) {
        (Format::Json, payload) => Ok(payload.to_string().into()),
        (_, Value::String(text)) => Ok(text.clone().into()),
        (format, _) => {
            Err(unfit(format!("This endpoint takes {format}: give `payload` as a string, the whole body.")))
        }
    }
}

/// The headers that the provider would send, and the body with what it would put there. No URL is called, so an empty one
/// is signed where one is.
fn sign(endpoint: &Endpoint, body: Bytes, now: Millis) -> Result<(HeaderMap, Bytes), Problem> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(endpoint.event_format.media_type()));
    if endpoint.verifier.is_none() {
        return Ok((headers, body));
    }
    let signer = endpoint.signer.as_ref().ok_or_else(|| {
        unfit("This endpoint verifies with a public key; only its provider can sign. Send a request that it signed.")
    })?;
    let id = format!("test_{:032x}", rand::random::<u128>());
    let none: [(&str, &str); 0] = [];
    let signed = signer
        .sign_whole(&signature::Request::new(&none, &body), now.seconds(), Some(&id))
        .map_err(|error| unfit(format!("Can't sign: {error}.")))?;
    for (name, value) in signed.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    Ok((headers, signed.body.into()))
}
