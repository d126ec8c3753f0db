//! A small document, by GET.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{self, ACCEPT};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use tokio::time::timeout;
use url::Url;

use crate::{Clients, Forbidden, USER_AGENT, check, describe};

/// What a request may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Of the answer's body.
    pub bytes: usize,
    /// For everything.
    pub time: Duration,
    /// May it lead into our own network?
    pub allow_private: bool,
}

/// Why there is no document. The URL is not named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GetError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("no answer within {} s", .0.as_secs_f64())]
    Late(Duration),
    /// A redirect among them: none is followed.
    #[error("the answer was {0}")]
    Status(u16),
    #[error("the answer has more than {0} bytes")]
    TooLarge(usize),
    #[error("{0}")]
    NoAnswer(String),
}

// === impl Clients ===

impl Clients {
    /// The whole body of a 200.
    ///
    /// # Errors
    /// Anything else, or more than `bounds` allow.
    pub async fn get(&self, url: &Url, bounds: Bounds) -> Result<Bytes, GetError> {
        if !bounds.allow_private {
            check(url)?;
        }
        let reading = self.read(url, bounds);
        timeout(bounds.time, reading).await.unwrap_or(Err(GetError::Late(bounds.time)))
    }

    async fn read(&self, url: &Url, bounds: Bounds) -> Result<Bytes, GetError> {
        let request = Request::get(url.as_str()).header(header::USER_AGENT, USER_AGENT).header(ACCEPT, "*/*");
        let unfit = |error| GetError::NoAnswer(format!("the request can't be made: {error}"));
        let request = request.body(Full::default()).map_err(unfit)?;
        let answer = self.of(bounds.allow_private).request(request).await;
        let answer = answer.map_err(|error| GetError::NoAnswer(describe(&error)))?;
        if answer.status() != StatusCode::OK {
            return Err(GetError::Status(answer.status().as_u16()));
        }
        let (mut rest, mut body) = (answer.into_body(), BytesMut::new());
        while let Some(frame) = rest.frame().await {
            let frame = frame.map_err(|error| GetError::NoAnswer(describe(&error)))?;
            let chunk = frame.into_data().unwrap_or_default();
            if body.len() + chunk.len() > bounds.bytes {
                return Err(GetError::TooLarge(bounds.bytes));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    const BOUNDS: Bounds = Bounds { bytes: 8, time: Duration::from_secs(5), allow_private: true };

    /// Answers one request with this; never, if it is empty.
    fn serve(answer: &'static str) -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let mut socket = listener.accept().unwrap().0;
            assert!(socket.read(&mut [0; 4096]).unwrap() > 0);
            socket.write_all(answer.as_bytes()).unwrap();
            if answer.is_empty() {
                // Until the other side hangs up.
                while socket.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
            }
        });
        Url::parse(&url).unwrap()
    }

    async fn got(answer: &'static str, bounds: Bounds) -> Result<Bytes, GetError> {
        Clients::new().unwrap().get(&serve(answer), bounds).await
    }

    #[tokio::test]
    async fn a_document_comes_whole_or_not_at_all() {
        let right = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n12345678";
        assert_eq!(got(right, BOUNDS).await, Ok(Bytes::from_static(b"12345678")));
        let long = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n0\r\n\r\n";
        assert_eq!(got(long, BOUNDS).await, Err(GetError::TooLarge(8)));
        let elsewhere = "HTTP/1.1 302 Found\r\nLocation: https://example.com/\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(got(elsewhere, BOUNDS).await, Err(GetError::Status(302)));
        let cut = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n1234";
        assert!(matches!(got(cut, BOUNDS).await, Err(GetError::NoAnswer(_))));
        let soon = Bounds { time: Duration::from_millis(50), ..BOUNDS };
        assert_eq!(got("", soon).await, Err(GetError::Late(soon.time)));
    }

    #[tokio::test]
    async fn our_own_network_is_not_asked() {
        let bounds = Bounds { allow_private: false, ..BOUNDS };
        let clients = Clients::new().unwrap();
        let literal = Url::parse("http://127.0.0.1:1/").unwrap();
        assert_eq!(clients.get(&literal, bounds).await, Err(Forbidden(crate::Rule::Loopback).into()));
        let named = clients.get(&Url::parse("http://localhost:1/").unwrap(), bounds).await;
        assert!(named.unwrap_err().to_string().contains("not public (loopback)"));
    }
}
