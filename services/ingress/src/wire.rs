//! A connection between the socket and actix, which parses: no more goes in than [`Gate`] allows, and what actix
//! answers by itself, a status with an empty body, is held back so that our own answer can go out instead.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::connection::{Busy, Connection};
use crate::gate::{Allowance, Gate, Length, TooLarge};

/// What actix reads from and writes to.
pub(crate) struct Wire {
    line: Line,
    /// Until it is dropped.
    socket: Option<TcpStream>,
    /// All that was to be written has been: what comes next begins with an answer.
    whole: bool,
}

/// The same connection, as requests see it.
#[derive(Clone)]
pub(crate) struct Line(Rc<Shared>);

struct Shared {
    /// None: there are too many; it is shut down already.
    connection: Option<Connection>,
    gate: Gate,
    unparsed: Cell<Option<Unparsed>>,
    /// Given back by actix.
    left: Cell<Option<TcpStream>>,
    /// The answer to the request under way is known: it needs no more of the body.
    decided: Cell<bool>,
}

/// Why what came is no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unparsed {
    LongTarget,
    LargeHead,
    ManyHeaders,
    Late,
    Malformed,
}

/// One of its requests is being answered.
pub(crate) struct Answering {
    line: Line,
    busy: Option<Busy>,
}

// === impl Wire ===

impl Wire {
    pub(crate) fn new(socket: TcpStream, connection: Option<Connection>) -> Self {
        let shared = Shared {
            connection,
            gate: Gate::default(),
            unparsed: Cell::default(),
            left: Cell::default(),
            decided: Cell::default(),
        };
        Self { line: Line(Rc::new(shared)), socket: Some(socket), whole: true }
    }

    pub(crate) fn line(&self) -> Line {
        self.line.clone()
    }

    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.socket.as_ref().and_then(|socket| socket.peer_addr().ok())
    }

    fn socket(&mut self) -> Pin<&mut TcpStream> {
        Pin::new(self.socket.as_mut().expect("it is taken by drop alone"))
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.line.0.left.set(self.socket.take());
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let most = match self.line.0.gate.allows() {
            Allowance::Bytes(most) => most.min(buf.remaining()),
            Allowance::Pause => {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Allowance::Wait => {
                self.line.0.gate.wait(cx.waker());
                return Poll::Pending;
            }
        };
        let before = buf.filled().len();
        if most == buf.remaining() {
            ready!(self.socket().poll_read(cx, buf))?;
        } else {
            let mut part = ReadBuf::new(buf.initialize_unfilled_to(most));
            ready!(self.socket().poll_read(cx, &mut part))?;
            let read = part.filled().len();
            buf.advance(read);
        }
        self.line.0.gate.gives(&buf.filled()[before..]).map_err(|large| {
            self.line.0.unparsed.set(Some(large.into()));
            io::Error::new(io::ErrorKind::InvalidData, "the head is too large")
        })?;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.whole
            && let Some(status) = unparsed(buf)
        {
            self.line.0.unparsed.set(Some(status.into()));
            return Poll::Ready(Ok(buf.len()));
        }
        if self.whole && self.line.0.decided.get() && buf.starts_with(GO_ON) {
            return Poll::Ready(Ok(GO_ON.len()));
        }
        let written = ready!(self.socket().poll_write(cx, buf))?;
        self.whole = written == buf.len();
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.line.0.unparsed.get().is_some() {
            return Poll::Ready(Ok(()));
        }
        self.socket().poll_shutdown(cx)
    }
}

/// What actix writes to whoever sent `Expect: 100-continue`, before it asks us.
const GO_ON: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// The status, if these bytes are an answer of actix's own: all of ours have an id.
fn unparsed(answer: &[u8]) -> Option<StatusCode> {
    let status = answer.strip_prefix(b"HTTP/1.1 ")?;
    let head = std::str::from_utf8(status.strip_suffix(b"\r\n\r\n")?).ok()?;
    let empty = head.lines().any(|line| line.eq_ignore_ascii_case("content-length: 0"));
    let ours = head.lines().any(|line| line.starts_with("x-request-id:") || line.is_empty());
    let status = StatusCode::from_bytes(head.as_bytes().get(..3)?).ok()?;
    (empty && !ours && status.is_client_error()).then_some(status)
}

// === impl Unparsed ===

impl From<TooLarge> for Unparsed {
    fn from(large: TooLarge) -> Self {
        match large {
            TooLarge::Line => Self::LongTarget,
            TooLarge::Head => Self::LargeHead,
        }
    }
}

/// From what actix would have said: of bytes we have given it too few for its own bound on a head.
impl From<StatusCode> for Unparsed {
    fn from(status: StatusCode) -> Self {
        match status {
            StatusCode::REQUEST_TIMEOUT => Self::Late,
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Self::ManyHeaders,
            _ => Self::Malformed,
        }
    }
}

// === impl Line ===

impl Line {
    /// A request has come.
    pub(crate) fn begin(&self, length: Length) -> Answering {
        self.0.decided.set(false);
        self.0.gate.begin(length);
        Answering { line: self.clone(), busy: self.0.connection.as_ref().map(Connection::begin) }
    }

    /// What is answered is known, though the answer may still wait for its turn: whoever asked before sending the body
    /// is not told to go on.
    pub(crate) fn decide(&self) {
        self.0.decided.set(true);
    }

    /// All of its body is here.
    pub(crate) fn body_is_read(&self) {
        self.0.gate.body_is_read();
    }

    /// The connection ends with the answer; what still comes is not wanted.
    pub(crate) fn close(&self) {
        self.0.gate.close();
        self.hurry();
    }

    pub(crate) fn hurry(&self) {
        self.0.connection.iter().for_each(Connection::hurry);
    }

    /// Once actix is done: the socket, and why it could not parse what came, unless there was nothing to refuse or an
    /// answer has been given already.
    pub(crate) fn unparsed(&self) -> Option<(TcpStream, Option<Unparsed>)> {
        let why = self.0.unparsed.get()?;
        let socket = self.0.left.take()?;
        let gate = &self.0.gate;
        Some((socket, Some(why).filter(|_| !gate.is_closing() && !gate.is_idle())))
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.busy.take();
        self.line.decide();
        self.line.0.gate.answered();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_the_parsers_is_told_from_ours() {
        let status = |answer: &str| unparsed(answer.as_bytes()).map(|status| status.as_u16());
        let empty = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        assert_eq!(status(empty), Some(400));
        assert_eq!(status(&empty.replace("400", "431")), Some(431));
        for other in [
            empty.replace("400", "200"),
            empty.replace(": 0", ": 1"),
            empty.replace("connection: close", "x-request-id: req_1"),
            format!("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{empty}"),
            format!("HTTP/1.1 400 Bad Request\r\ncontent-length: 99\r\n\r\n{empty}"),
            empty[..40].to_owned(),
            empty[9..].to_owned(),
        ] {
            assert_eq!(status(&other), None, "{other}");
        }
    }
}
