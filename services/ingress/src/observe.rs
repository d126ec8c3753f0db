//! What became of a request, as a log line and counts at once.

use std::time::Duration;

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
        if let Rejection::Greeted(_) = rejection {
            tracing::info!(client = %client, "handshake answered");
        } else if rejection.status().is_server_error() {
            tracing::error!(code, client = %client, reason = %rejection, "not accepted");
        } else {
            tracing::info!(code, client = %client, reason = %rejection, "refused");
        }
        code
    }

    fn over(&self, endpoint: &str, limit: &str) {
        self.context.meter.count(catalog::RATE_LIMIT_HITS, &[("endpoint", endpoint), ("limit", limit)]);
    }

    /// Remembers a misdeed against its address; nobody waits for it.
    pub(crate) fn suspect(&self, client: Client, misdeed: Misdeed, protection: Protection) {
        let (store, shared) = (self.context.store.clone(), self.shared.clone());
        actix_web::rt::spawn(async move {
            match shared.suspicion.note(&store, &client, misdeed, &protection).await {
                Ok(Some(block)) => told_of(&block),
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, "a misdeed could not be noted"),
            }
        });
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
