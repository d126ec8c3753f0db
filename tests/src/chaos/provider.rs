//! A provider: sends each event again until it has its 200, to whichever ingress is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use rand::RngExt;

use super::fate;
use super::handler::Handler;
use super::ledger::Ledger;
use crate::Sender;

/// Requests under way at once.
const SENDERS: usize = 24;
/// Accepted and not yet at the handler, at most: the backlog stays small, so that faults meet moves, not waiting.
const BACKLOG: u32 = 1500;
/// A provider waits so long for an answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// One event in so many is sent once more after its 200.
const REPEATED: u32 = 100;

/// What all its connections share.
#[derive(Debug)]
pub(super) struct Provider {
    /// One to each ingress.
    pub(super) ingresses: Vec<Sender>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) handler: Arc<Handler>,
    pub(super) events: u32,
    /// So many may be sent by now: no fault is outrun.
    pub(super) allowed: AtomicU32,
    /// Sends nothing new once set.
    pub(super) stop: AtomicBool,
    next: AtomicU32,
}

// === impl Provider ===

impl Provider {
    pub(super) fn new(
        ingresses: Vec<Sender>,
        ledger: Arc<Ledger>,
        handler: Arc<Handler>,
        events: u32,
    ) -> Self {
        let (allowed, next) = (AtomicU32::new(0), AtomicU32::new(0));
        Self { ingresses, ledger, handler, events, allowed, stop: AtomicBool::new(false), next }
    }

    /// Sends every event until each has its 200 (or the stop is set), then returns.
    pub(super) async fn send_all(self: &Arc<Self>) {
        let senders = (0..SENDERS).map(|_| tokio::spawn(self.clone().send_some()));
        futures_util::future::join_all(senders).await.into_iter().for_each(|ended| ended.expect("no panic"));
    }

    async fn send_some(self: Arc<Self>) {
        while !self.is_stopped() {
            let n = self.next.fetch_add(1, Ordering::Relaxed);
            if n >= self.events {
                return;
            }
            while !self.may_send(n) && !self.is_stopped() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            self.send(n).await;
            if n.is_multiple_of(REPEATED) {
                self.ledger.repeated.fetch_add(1, Ordering::Relaxed);
                self.send(n).await;
            }
        }
    }

    fn may_send(&self, n: u32) -> bool {
        n < self.allowed.load(Ordering::Relaxed) && self.ledger.jobs() <= self.handler.reached() + BACKLOG
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// One event, until it has its 200.
    async fn send(&self, n: u32) {
        let body = format!(r#"{{"type":"{}","n":{n},"filling":"{:0>120}"}}"#, fate::event_type(n), n);
        for tries in 0_u64.. {
            let ingress = &self.ingresses[rand::rng().random_range(0..self.ingresses.len())];
            let headers = ingress.signed_as(body.as_bytes(), &format!("chaos-{n}"));
            match tokio::time::timeout(PATIENCE, ingress.try_post(&body, headers)).await {
                Ok(Ok(answer)) if answer.status == 200 && answer.json["event_id"].is_string() => {
                    return self.ledger.promise(n, &answer.event_id());
                }
                Ok(Ok(answer)) if answer.status == 503 => {
                    self.ledger.refused.fetch_add(1, Ordering::Relaxed);
                }
                // A connection that breaks within the answer's body: no 200 either.
                Ok(Ok(answer)) if answer.status == 200 => {
                    self.ledger.unanswered.fetch_add(1, Ordering::Relaxed);
                }
                Ok(Ok(answer)) => self.ledger.strange(format!("event {n} was answered {answer:?}")),
                Ok(Err(_)) | Err(_) => {
                    self.ledger.unanswered.fetch_add(1, Ordering::Relaxed);
                }
            }
            let wait = rand::rng().random_range(10..60) * (1 + tries.min(5));
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
    }
}
