//! What became of a request, as a log line and counts at once.

use std::time::{Duration, Instant};

use limit::{Block, Client, Misdeed};
use service::catalog;
use settings::{Endpoint, Protection};

use crate::Ingress;
use crate::certificates::NoCertificate;
use crate::enqueue::Enqueued;
use crate::reject::Rejection;

/// Stands for the endpoint where there is none: no label is a stranger's to choose.
const NO_ENDPOINT: &str = "unknown";

impl Ingress {
    pub(crate) fn observe(
        &self,
        endpoint: Option<&Endpoint>,
        client: &Client,
        walked: &Result<Enqueued, Rejection>,
        took: Duration,
    ) {
        let id = endpoint.map_or(NO_ENDPOINT, |endpoint| &endpoint.id);
        let meter = &self.context.meter;
        let status = match walked {
            Ok(enqueued) => self.accepted(id, enqueued),
            Err(rejection) => self.rejected(id, client, rejection),
        };
        meter.count(catalog::REQUESTS, &[("endpoint", id), ("status", status)]);
        meter.observe(catalog::RESPONSE_TIME, took);
        meter.add(catalog::ENDPOINT_TIME, &[("endpoint", id)], took.as_secs_f64());
    }

    fn accepted(&self, endpoint: &str, enqueued: &Enqueued) -> &'static str {
        if let Some(proof) = &enqueued.proof {
            let labels = [("endpoint", endpoint), ("key", proof.key_fingerprint.as_str())];
            self.context.meter.count(catalog::SIGNATURE_MATCHES, &labels);
        }
        tracing::debug!(event.id = %enqueued.id, repeated = enqueued.repeated, "accepted");
        if enqueued.repeated { "duplicate" } else { "accepted" }
    }

    fn rejected(&self, endpoint: &str, client: &Client, rejection: &Rejection) -> &'static str {
        let code = rejection.code();
        match rejection {
            Rejection::Signature { .. } | Rejection::Certificate(NoCertificate::Distrusted(_)) => {
                self.context
                    .meter
                    .count(catalog::SIGNATURE_FAILURES, &[("endpoint", endpoint), ("reason", code)]);
            }
            Rejection::RateLimited { limit, block, .. } => {
                self.over(endpoint, limit.as_str());
                block.iter().for_each(|block| told_of(block));
            }
            Rejection::AddressLimited { .. } => self.over(endpoint, "address"),
            _ => {}
        }
        self.tell(client, rejection);
        code
    }

    fn tell(&self, client: &Client, rejection: &Rejection) {
        if let Rejection::Greeted(_) = rejection {
            tracing::info!(client = %client, "handshake answered");
            return;
        }
        let may = self.shared.talk.may(Instant::now());
        if may.unsaid > 0 {
            tracing::warn!(count = may.unsaid, "refusals were not logged one by one: there were too many");
        }
        if may.speak {
            say(client, rejection);
        }
    }

    fn over(&self, endpoint: &str, limit: &str) {
        self.context.meter.count(catalog::RATE_LIMIT_HITS, &[("endpoint", endpoint), ("limit", limit)]);
    }

    /// What a refusal says of its sender.
    pub(crate) fn punish(&self, client: &Client, rejection: &Rejection, protection: &Protection) {
        if let Some(misdeed) = rejection.misdeed() {
            self.suspect(client, misdeed, protection);
        }
    }

    /// Until the refusal may be answered; at once when stopping.
    pub(crate) async fn wait_turn(&self, rejection: &Rejection, protection: &Protection) {
        if !rejection.waits() {
            return;
        }
        let wait = self.shared.turns.take(protection.refusal_rate, Instant::now());
        if !wait.is_zero() {
            self.context.stop.sleep(wait).await;
        }
    }

    /// Remembers a misdeed against its address. Redis hears of it now and then, and nobody waits for that.
    pub(crate) fn suspect(&self, client: &Client, misdeed: Misdeed, protection: &Protection) {
        let Some(points) = self.shared.suspicion.note(client, misdeed, protection) else { return };
        let (store, suspicion, protection) =
            (self.context.store.clone(), self.shared.suspicion.clone(), protection.clone());
        actix_web::rt::spawn(async move {
            match suspicion.tell(&store, &points, &protection).await {
                Ok(Some(block)) => told_of(&block),
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, "a misdeed could not be noted"),
            }
        });
    }
}

fn say(client: &Client, rejection: &Rejection) {
    let code = rejection.code();
    if rejection.status().is_server_error() {
        tracing::error!(code, client = %client, reason = %rejection, "not accepted");
    } else {
        tracing::info!(code, client = %client, reason = %rejection, "refused");
    }
}

fn told_of(block: &Block) {
    tracing::warn!(
        client = block.client,
        reason = block.reason,
        seconds = block.left.as_secs(),
        "address blocked"
    );
}
