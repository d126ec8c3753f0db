//! `Expected` → `Incoming`: the raw bytes, exactly as sent.
//!
//! The raw payload is read, never an extractor: those inflate `Content-Encoding` before a signature can be checked.

use std::time::Duration;

use actix_web::http::header::{self, HeaderMap};
use actix_web::web::{Bytes, BytesMut, Payload};
use event::Millis;
use futures_util::StreamExt;
use limit::Client;
use settings::{Endpoint, Settings};

use tokio::time::Instant;

use crate::arrive::Expected;
use crate::quarantine::Seen;
use crate::reject::Rejection;
use crate::wire::Line;

/// A whole request. Nothing about it is proven.
pub(crate) struct Incoming<'r> {
    pub(crate) endpoint: &'r Endpoint,
    pub(crate) headers: &'r HeaderMap,
    pub(crate) client: Client,
    pub(crate) trace: String,
    /// As the sender calls it; empty unless its provider signs it.
    pub(crate) url: String,
    pub(crate) body: Bytes,
    pub(crate) received_at: Millis,
}

/// How fast a body must come.
struct Pace {
    began: Instant,
    /// For all of it.
    limit: Duration,
    /// Bytes a second, once [`WARM_UP`] has passed; 0: any.
    rate: u32,
}

const WARM_UP: Duration = Duration::from_secs(5);

/// Reads the body within the endpoint's size and the server's time.
pub(crate) async fn receive<'r>(
    expected: Expected<'r>,
    body: &mut Payload,
    settings: &Settings,
    seen: &mut Option<Seen>,
) -> Result<Incoming<'r>, Rejection> {
    check_encoding(expected.headers)?;
    let pace = Pace {
        began: Instant::now(),
        limit: settings.server.request_timeout,
        rate: settings.server.min_body_rate,
    };
    let body = read(body, &pace, expected.endpoint.max_request_size).await?;
    expected.line.into_iter().for_each(Line::body_is_read);
    let received_at = Millis::now();
    *seen = Some(Seen { body: body.clone(), received_at });
    let Expected { endpoint, headers, client, trace, url, .. } = expected;
    Ok(Incoming { endpoint, headers, client, trace, url, body, received_at })
}

async fn read(payload: &mut Payload, pace: &Pace, most: usize) -> Result<Bytes, Rejection> {
    let mut body = BytesMut::new();
    loop {
        let next = tokio::time::timeout_at(pace.deadline(body.len()), payload.next()).await;
        let Some(chunk) = next.map_err(|_| pace.late())? else { return Ok(body.freeze()) };
        let chunk =
            chunk.map_err(|_| Rejection::MalformedRequest { why: "the body did not arrive as announced" })?;
        if body.len() + chunk.len() > most {
            return Err(Rejection::BodyTooLarge { most });
        }
        body.extend_from_slice(&chunk);
    }
}

fn check_encoding(headers: &HeaderMap) -> Result<(), Rejection> {
    let encoded = headers
        .get_all(header::CONTENT_ENCODING)
        .any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"));
    if encoded { Err(Rejection::UnsupportedEncoding) } else { Ok(()) }
}

// === impl Pace ===

impl Pace {
    /// When the next bytes must be there, after so many.
    fn deadline(&self, bytes: usize) -> Instant {
        let whole = self.began + self.limit;
        if self.rate == 0 {
            return whole;
        }
        let earned = Duration::from_secs_f64(bytes as f64 / f64::from(self.rate));
        whole.min(self.began + WARM_UP + earned)
    }

    fn late(&self) -> Rejection {
        if self.began.elapsed() < self.limit {
            Rejection::BodyTooSlow { rate: self.rate }
        } else {
            Rejection::RequestTimeout { limit: self.limit }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_earns_its_time_up_to_the_whole() {
        let began = Instant::now();
        let seconds = |bytes, rate| {
            let pace = Pace { began, limit: Duration::from_secs(10), rate };
            (pace.deadline(bytes) - began).as_secs_f64()
        };
        assert_eq!([seconds(0, 100), seconds(100, 100), seconds(250, 100)], [5.0, 6.0, 7.5]);
        assert_eq!([seconds(100_000, 100), seconds(0, 0)], [10.0, 10.0]);
    }
}
