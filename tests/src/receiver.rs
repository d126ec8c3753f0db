//! A handler's HTTP server, which remembers what it was sent.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use crate::served::Served;

/// One request that it was sent.
#[derive(Debug, Clone)]
pub struct Call {
    pub path: String,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
    /// When its head was read.
    pub at: Instant,
}

/// A real server on loopback. Answers 200 unless told otherwise.
#[derive(Debug)]
pub struct Receiver {
    state: State,
    _served: Served,
    pub port: u16,
}

#[derive(Debug, Clone, Default)]
struct State(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    calls: Vec<Call>,
    /// Answers to give, in this order, before the usual one.
    answers: VecDeque<(u16, Vec<(&'static str, String)>)>,
    usual: Option<u16>,
    delay: Duration,
}

// === impl Receiver ===

impl Receiver {
    pub async fn start() -> Self {
        let state = State::default();
        let served = Served::start(Data::new(state.clone()), take);
        Self { state, port: served.port, _served: served }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// The status of all answers from now on.
    pub fn answer_always(&self, status: u16) {
        self.state.inner().usual = Some(status);
    }

    /// One answer, after those already promised, before the usual one.
    pub fn answer_once(&self, status: u16, headers: &[(&'static str, &str)]) {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self.state.inner().answers.push_back((status, headers));
    }

    /// How long each answer takes from now on.
    pub fn take_time(&self, delay: Duration) {
        self.state.inner().delay = delay;
    }

    pub fn calls(&self) -> Vec<Call> {
        self.state.inner().calls.clone()
    }

    pub fn count(&self) -> usize {
        self.state.inner().calls.len()
    }
}

// === impl Call ===

impl Call {
    /// A header's value; empty if it was not sent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(&name.to_lowercase()).map_or("", String::as_str)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl State {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("no test panics while it holds this")
    }
}

async fn take(request: HttpRequest, body: Bytes, state: Data<State>) -> HttpResponse {
    let headers = request.headers().iter();
    let headers = headers
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let call = Call {
        path: request.uri().to_string(),
        headers: headers.collect(),
        body: body.to_vec(),
        at: Instant::now(),
    };
    let (delay, (status, headers)) = {
        let mut inner = state.inner();
        inner.calls.push(call);
        let usual = (inner.usual.unwrap_or(200), Vec::new());
        (inner.delay, inner.answers.pop_front().unwrap_or(usual))
    };
    tokio::time::sleep(delay).await;
    let mut answer = HttpResponse::build(StatusCode::from_u16(status).expect("a status"));
    for header in headers {
        answer.insert_header(header);
    }
    answer.finish()
}
