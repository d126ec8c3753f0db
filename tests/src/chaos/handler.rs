//! The handler at the far end: answers by each event's fate, and remembers every call.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::clock::{Clock, Moment};
use super::fate::{self, Fate};
use crate::served::Served;

/// How long a slow event takes.
const SLOW: Duration = Duration::from_millis(150);

/// One call. A million of them must fit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    /// See [`fate::jobs`].
    pub(super) job: u32,
    pub(super) at: Moment,
    pub(super) attempt: u16,
    /// What it was answered.
    pub(super) status: u16,
    /// Which worker made it.
    pub(super) worker: u16,
    /// Fingerprints of `webhook-id` and of the event's id.
    pub(super) webhook_id: u64,
    pub(super) event_id: u64,
}

/// A real server on loopback.
#[derive(Debug)]
pub(super) struct Handler {
    pub(super) port: u16,
    book: Arc<Book>,
    _served: Served,
}

#[derive(Debug)]
struct Book {
    clock: Clock,
    calls: Mutex<Calls>,
    reached: AtomicU32,
}

#[derive(Debug, Default)]
struct Calls {
    all: Vec<Call>,
    /// By job: was it called for?
    seen: Vec<bool>,
    /// What must never be, in words.
    wrongs: Vec<String>,
}

// === impl Handler ===

impl Handler {
    pub(super) fn start(clock: Clock, events: u32) -> Self {
        let calls = Calls { seen: vec![false; 2 * events as usize], ..Calls::default() };
        let book = Arc::new(Book { clock, calls: Mutex::new(calls), reached: AtomicU32::new(0) });
        let served = Served::start(Data::from(book.clone()), take);
        Self { port: served.port, book, _served: served }
    }

    /// How many jobs it was called for.
    pub(super) fn reached(&self) -> u32 {
        self.book.reached.load(Ordering::Relaxed)
    }

    /// Every call, by job and time, and what was wrong with them.
    pub(super) fn calls(&self) -> (Vec<Call>, Vec<String>) {
        let calls = self.book.calls();
        let mut all = calls.all.clone();
        all.sort_by_key(|call| (call.job, call.at));
        (all, calls.wrongs.clone())
    }
}

// === impl Book ===

impl Book {
    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, call: Call) {
        let mut calls = self.calls();
        if !std::mem::replace(&mut calls.seen[call.job as usize], true) {
            self.reached.fetch_add(1, Ordering::Relaxed);
        }
        calls.all.push(call);
    }
}

async fn take(request: HttpRequest, body: Bytes, book: Data<Book>) -> HttpResponse {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    let read = || -> Option<(u32, Call)> {
        let body: serde_json::Value = serde_json::from_slice(&body).ok()?;
        let n = u32::try_from(body.get("n")?.as_u64()?).ok()?;
        let attempt: u16 = header("hookstream-attempt").parse().ok()?;
        let call = Call {
            job: fate::job(n, header("hookstream-route"))?,
            at: book.clock.now(),
            attempt,
            status: Fate::of(n).answer(attempt.into()),
            worker: header("x-worker").parse().ok()?,
            webhook_id: fingerprint(header("webhook-id")),
            event_id: fingerprint(header("hookstream-event-id")),
        };
        let known = book.calls().seen.len();
        ((call.job as usize) < known && !header("webhook-id").is_empty()).then_some((n, call))
    };
    let Some((n, call)) = read() else {
        book.calls().wrongs.push(format!("a call that is nobody's: {request:?}"));
        return HttpResponse::InternalServerError().finish();
    };
    book.note(call);
    if Fate::of(n) == Fate::Slow {
        tokio::time::sleep(SLOW).await;
    }
    HttpResponse::build(StatusCode::from_u16(call.status).unwrap_or(StatusCode::OK)).finish()
}

/// Enough to tell ids apart, in eight bytes.
pub(super) fn fingerprint(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
