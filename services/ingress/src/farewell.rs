//! The answer to what actix could not parse, and the end of its connection.

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::{HttpResponse, ResponseError};
use limit::Client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::Ingress;
use crate::arrive::LONGEST_TARGET;
use crate::connection::DRAIN;
use crate::gate::LARGEST_HEAD;
use crate::reject::Rejection;
use crate::wire::{Line, Unparsed};

/// That actix parses.
const MOST_HEADERS: usize = 96;

impl Ingress {
    /// Refuses what came over this connection as any other request, where actix gave up on it, and hears the sender
    /// out: closed at once, the connection would be reset, and the answer lost.
    pub(crate) async fn farewell(&self, line: &Line) {
        let Some((mut socket, why)) = line.unparsed() else { return };
        line.hurry();
        if let Some(why) = why {
            let answer = self.refuse_unparsed(&socket, why).await;
            // Whoever is gone needs no answer.
            let _ = socket.write_all(&answer).await;
        }
        let _ = socket.shutdown().await;
        let _ = timeout(DRAIN, drain(&mut socket)).await;
    }

    async fn refuse_unparsed(&self, socket: &TcpStream, why: Unparsed) -> Vec<u8> {
        let settings = self.context.live.keep();
        let rejection = match why {
            Unparsed::Late => Rejection::RequestTimeout { limit: settings.server.request_timeout },
            Unparsed::LongTarget => Rejection::UriTooLong { most: LONGEST_TARGET },
            Unparsed::LargeHead => Rejection::HeadersTooLarge { most: LARGEST_HEAD },
            Unparsed::ManyHeaders => Rejection::TooManyHeaders { most: MOST_HEADERS },
            Unparsed::Malformed => {
                Rejection::MalformedRequest { why: "it is not HTTP/1.1 as RFC 9112 has it" }
            }
        };
        // Nothing in the head can be believed.
        let peer = socket.peer_addr().map_or(std::net::Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
        let client = Client::of(peer, |_| Vec::new(), &settings.server.trusted_proxies)
            .exempt_in(&settings.protection.allow);
        let id = service::request_id();
        let span = tracing::info_span!("accept", request.id = id);
        let walked = Err(rejection);
        span.in_scope(|| self.observe(None, &client, &walked, Duration::ZERO));
        let Err(rejection) = walked else { return Vec::new() };
        self.punish(&client, &rejection, &settings.protection);
        self.wait_turn(&rejection, &settings.protection).await;
        written(rejection.problem().for_request(&id).error_response())
    }
}

async fn drain(socket: &mut TcpStream) {
    let mut rest = [0; 4096];
    while matches!(socket.read(&mut rest).await, Ok(1..)) {}
}

/// A last answer as it goes over the connection.
fn written(answer: HttpResponse) -> Vec<u8> {
    let status = answer.status();
    let reason = status.canonical_reason().unwrap_or("Refused");
    let mut bytes = format!("HTTP/1.1 {} {reason}\r\nconnection: close\r\n", status.as_u16()).into_bytes();
    for (name, value) in answer.headers() {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    let body = answer.into_body().try_into_bytes().unwrap_or_default();
    bytes.extend(format!("content-length: {}\r\n\r\n", body.len()).into_bytes());
    bytes.extend(&body);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_written_as_an_answer() {
        let problem = Rejection::UnknownEndpoint.problem().for_request("req_1");
        let text = String::from_utf8(written(problem.error_response())).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        assert_eq!(lines.next(), Some("HTTP/1.1 404 Not Found"));
        let lines: Vec<_> = lines.collect();
        for line in [
            "connection: close",
            "content-type: application/problem+json",
            "x-request-id: req_1",
            &format!("content-length: {}", body.len()),
        ] {
            assert!(lines.contains(&line), "{line} in {lines:?}");
        }
        assert!(body.starts_with('{') && body.ends_with('}'), "{body}");
    }
}
