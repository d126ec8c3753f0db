//! `Expected` → `Incoming`: the raw bytes, exactly as sent.
//!
//! The raw payload is read, never an extractor: those inflate `Content-Encoding` before a signature can be checked.

use actix_web::http::header::{self, HeaderMap};
use actix_web::web::{Bytes, BytesMut, Payload};
use event::Millis;
use futures_util::StreamExt;
use limit::Client;
use settings::{Endpoint, Settings};

use crate::arrive::Expected;
use crate::reject::Rejection;

/// A whole request. Nothing about it is proven.
pub(crate) struct Incoming<'r> {
    pub(crate) endpoint: &'r Endpoint,
    pub(crate) headers: &'r HeaderMap,
    pub(crate) client: Client,
    pub(crate) trace: String,
    pub(crate) content_type: String,
    pub(crate) body: Bytes,
    pub(crate) received_at: Millis,
}

/// Reads the body within the endpoint's size and the server's time.
pub(crate) async fn receive<'r>(
    expected: Expected<'r>,
    body: Payload,
    settings: &Settings,
) -> Result<Incoming<'r>, Rejection> {
    check_encoding(expected.headers)?;
    let content_type = check_content_type(expected.endpoint, expected.headers)?;
    let reading = read(body, expected.endpoint.max_request_size);
    let limit = settings.server.request_timeout;
    let body =
        tokio::time::timeout(limit, reading).await.map_err(|_| Rejection::RequestTimeout { limit })??;
    let Expected { endpoint, headers, client, trace } = expected;
    Ok(Incoming { endpoint, headers, client, trace, content_type, body, received_at: Millis::now() })
}

async fn read(mut payload: Payload, most: usize) -> Result<Bytes, Rejection> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk =
            chunk.map_err(|_| Rejection::MalformedRequest { why: "the body did not arrive as announced" })?;
        if body.len() + chunk.len() > most {
            return Err(Rejection::BodyTooLarge { most });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn check_encoding(headers: &HeaderMap) -> Result<(), Rejection> {
    let encoded = headers
        .get_all(header::CONTENT_ENCODING)
        .any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"));
    if encoded { Err(Rejection::UnsupportedEncoding) } else { Ok(()) }
}

/// The one `Content-Type`, if it is one of the endpoint's format.
fn check_content_type(endpoint: &Endpoint, headers: &HeaderMap) -> Result<String, Rejection> {
    let format = endpoint.event_format;
    let mut values = headers.get_all(header::CONTENT_TYPE);
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Rejection::UnsupportedMediaType { format });
    };
    match value.to_str() {
        Ok(text) if format.accepts(text) => Ok(text.to_owned()),
        _ => Err(Rejection::UnsupportedMediaType { format }),
    }
}
