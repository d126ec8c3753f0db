//! One bad request, and what came back.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An event that would be accepted, were it sent well.
pub(super) const BODY: &str = r#"{"type":"hostile"}"#;

#[derive(Clone)]
pub(super) struct Attack {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    /// Any of these will do; 0 is the end of the connection without an answer.
    pub(super) wanted: Vec<u16>,
    /// Of our problem document.
    pub(super) code: Code,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    Is(&'static str),
    /// The one that goes with the status, where the parser refuses.
    Any,
    /// There is no document.
    Bodiless,
}

/// What came back, as far as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    body: String,
}

// === impl Attack ===

impl Attack {
    /// One that our code refuses.
    pub(super) fn ours(
        name: impl Into<String>,
        bytes: impl Into<Vec<u8>>,
        status: u16,
        code: &'static str,
    ) -> Self {
        Self { name: name.into(), bytes: bytes.into(), wanted: vec![status], code: Code::Is(code) }
    }

    /// One that the parser refuses before our code sees a request.
    pub(super) fn parsers(name: impl Into<String>, bytes: impl Into<Vec<u8>>, wanted: &[u16]) -> Self {
        Self { name: name.into(), bytes: bytes.into(), wanted: wanted.to_vec(), code: Code::Any }
    }

    /// One whose answer has no body to say a code in.
    pub(super) fn bodiless(name: impl Into<String>, bytes: impl Into<Vec<u8>>, status: u16) -> Self {
        Self { name: name.into(), bytes: bytes.into(), wanted: vec![status], code: Code::Bodiless }
    }
}

/// A request to the open endpoint: only its head's further lines and its body are to be said.
pub(super) fn post(lines: &str, body: &str) -> Vec<u8> {
    post_to("open", lines, body.as_bytes())
}

/// `lines` each end with CR LF.
pub(super) fn post_to(endpoint: &str, lines: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /webhook/{endpoint} HTTP/1.1\r\nHost: gateway.test\r\nConnection: close\r\n{lines}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// The same with the length that the body has.
pub(super) fn measured(endpoint: &str, lines: &str, body: &[u8]) -> Vec<u8> {
    post_to(endpoint, &format!("Content-Length: {}\r\n{lines}", body.len()), body)
}

pub(super) const JSON: &str = "Content-Type: application/json\r\n";

/// Writes the bytes and reads one answer, whole or until the connection ends.
pub(crate) async fn send(port: u16, bytes: &[u8], longest: Duration) -> Answer {
    let socket = TcpStream::connect(("127.0.0.1", port)).await.expect("the gateway listens");
    let (mut from, mut to) = socket.into_split();
    let mut said = Vec::new();
    let reading = async {
        let mut part = [0; 16_384];
        while !is_whole(&said) {
            match from.read(&mut part).await {
                Ok(0) | Err(_) => return,
                Ok(read) => said.extend_from_slice(&part[..read]),
            }
        }
    };
    // A server that has heard enough may stop reading, so that this never ends.
    let writing = async {
        let _ = to.write_all(bytes).await;
        std::future::pending::<()>().await;
    };
    let _ = tokio::time::timeout(longest, async {
        tokio::select! {
            () = reading => {}
            () = writing => {}
        }
    })
    .await;
    Answer::read(&said)
}

fn is_whole(said: &[u8]) -> bool {
    let text = String::from_utf8_lossy(said);
    let text = text.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(&text);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    head.starts_with("HTTP/1.1 ") && length(head).is_none_or(|length| body.len() >= length)
}

fn length(head: &str) -> Option<usize> {
    head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
}

// === impl Code ===

impl Code {
    /// What it is for an answer with this status; None for an answer without a document.
    pub(super) fn of(self, status: u16) -> Option<&'static str> {
        match (self, status) {
            (Self::Is(code), _) => Some(code),
            (Self::Bodiless, _) | (Self::Any, 0) => None,
            (Self::Any, 408) => Some("request_timeout"),
            (Self::Any, 414) => Some("uri_too_long"),
            (Self::Any, 431) => Some("headers_too_large"),
            (Self::Any, _) => Some("malformed_request"),
        }
    }
}

// === impl Answer ===

impl Answer {
    fn read(said: &[u8]) -> Self {
        let text = String::from_utf8_lossy(said);
        let text = text.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(&text);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        // What we sent after a refused head may get an answer of its own.
        let body = length(head).and_then(|length| body.get(..length)).unwrap_or(body);
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// Empty if there is none.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// All of RFC 9457's members and ours, and the same request id in the head.
    pub(super) fn is_problem(&self) -> bool {
        let json = self.json();
        let id = json["request_id"].as_str().unwrap_or_default();
        let all = ["type", "title", "detail"].iter().all(|member| json[member].is_string());
        all && json["status"] == self.status
            && id.starts_with("req_")
            && self.head.contains(&format!("x-request-id: {id}"))
            && self.head.contains("content-type: application/problem+json")
    }
}
