//! A refused request that a mistake may explain is kept, once its sender has the answer; [`mod@replay`] judges it again.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::http::header::HeaderMap;
use actix_web::web::Bytes;
use event::Millis;
use formats::FormatError;
use limit::Client;
use settings::Endpoint;
use stream::{Bounds, Refused};
use tokio::sync::Semaphore;

use crate::Ingress;
use crate::certificates::NoCertificate;
use crate::headers;
use crate::reject::Rejection;

mod replay;

pub use replay::{Again, replay};

/// What was read of a request, while the walk takes the rest by value.
pub(crate) struct Seen {
    pub(crate) body: Bytes,
    pub(crate) received_at: Millis,
}

/// A refused request, and who is told of it.
pub(crate) struct Suspect<'r> {
    pub(crate) endpoint: &'r Endpoint,
    pub(crate) headers: &'r HeaderMap,
    pub(crate) client: Client,
    pub(crate) request_id: &'r str,
    pub(crate) seen: Seen,
}

/// Decides without Redis what is worth a trip there: a flood of refusals must not become a flood of commands.
#[derive(Debug)]
pub(crate) struct Sample {
    minute: Mutex<Minute>,
    /// Bodies that wait for Redis.
    writing: Arc<Semaphore>,
}

/// How many were taken within this minute. It holds no more clients than requests it takes.
#[derive(Debug)]
struct Minute {
    began: Instant,
    all: usize,
    clients: HashMap<IpAddr, u32>,
}

const MINUTE: Duration = Duration::from_secs(60);

/// Written at once, at most; what comes while Redis is slow is not kept.
const MOST_WRITING: usize = 16;

// === impl Sample ===

impl Default for Sample {
    fn default() -> Self {
        let minute = Minute { began: Instant::now(), all: 0, clients: HashMap::new() };
        Self { minute: Mutex::new(minute), writing: Arc::new(Semaphore::new(MOST_WRITING)) }
    }
}

impl Sample {
    fn takes(&self, client: IpAddr, bounds: &Bounds) -> bool {
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        minute.takes(client, bounds, Instant::now())
    }
}

impl Minute {
    /// More than fill the whole log in a minute would only push one another out.
    fn takes(&mut self, client: IpAddr, bounds: &Bounds, now: Instant) -> bool {
        if now.saturating_duration_since(self.began) >= MINUTE {
            *self = Self { began: now, all: 0, clients: HashMap::new() };
        }
        if self.all >= bounds.entries {
            return false;
        }
        let taken = self.clients.entry(client).or_default();
        if *taken >= bounds.per_address {
            return false;
        }
        *taken += 1;
        self.all += 1;
        true
    }
}

impl Ingress {
    /// Keeps the request if a mistake may explain its refusal. Nobody waits for it.
    pub(crate) fn quarantine(
        &self,
        suspect: Suspect<'_>,
        rejection: &Rejection,
        wanted: &settings::Quarantine,
    ) {
        let bounds = bounds(wanted);
        let sample = &self.shared.sample;
        if !wanted.enabled
            || !may_be_a_mistake(rejection)
            || suspect.seen.body.len() > bounds.bytes / 4
            || !sample.takes(suspect.client.network(), &bounds)
        {
            return;
        }
        let Ok(permit) = sample.writing.clone().try_acquire_owned() else { return };
        let refused = suspect.refused(rejection);
        let store = self.context.store.clone();
        actix_web::rt::spawn(async move {
            match store.refuse(&refused, &bounds).await {
                Ok(true) => tracing::debug!(request.id = refused.request_id, "kept in the quarantine"),
                Ok(false) => {}
                Err(error) => tracing::debug!(%error, "a refused request could not be kept"),
            }
            drop(permit);
        });
    }
}

// === impl Suspect ===

impl Suspect<'_> {
    fn refused(self, rejection: &Rejection) -> Refused {
        Refused {
            endpoint: self.endpoint.id.clone(),
            client: self.client.key(),
            received_at: self.seen.received_at,
            code: rejection.code().to_owned(),
            reason: rejection.to_string(),
            request_id: self.request_id.to_owned(),
            headers: headers::judged(self.headers, self.endpoint),
            body: self.seen.body,
        }
    }
}

fn bounds(wanted: &settings::Quarantine) -> Bounds {
    Bounds {
        entries: wanted.max_entries,
        bytes: wanted.max_bytes,
        age: wanted.max_age,
        per_address: wanted.per_address,
    }
}

/// A wrong secret, scheme or format on either side ends in one of these; nothing else is worth a second look.
fn may_be_a_mistake(rejection: &Rejection) -> bool {
    matches!(
        rejection,
        Rejection::Signature { .. }
            | Rejection::Certificate(NoCertificate::Distrusted(_))
            | Rejection::UnsupportedMediaType { .. }
            | Rejection::TypeTooLong { .. }
            | Rejection::Format(FormatError::Malformed { .. })
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(n: u32) -> IpAddr {
        IpAddr::V4(n.into())
    }

    #[test]
    fn a_flood_gets_its_share_of_a_minute_and_all_floods_no_more_than_the_log_holds() {
        let bounds = Bounds { entries: 10, bytes: 1, age: MINUTE, per_address: 3 };
        let start = Instant::now();
        let mut minute = Minute { began: start, all: 0, clients: HashMap::new() };
        let taken = (0..100).filter(|_| minute.takes(client(1), &bounds, start)).count();
        assert_eq!(taken, 3);
        assert!(minute.takes(client(2), &bounds, start), "another address has its own share");
        let taken = (0..1000).filter(|n| minute.takes(client(*n), &bounds, start)).count();
        assert_eq!(taken, 6);
        assert!(minute.clients.len() <= 10, "{}", minute.clients.len());
        assert!(minute.takes(client(1), &bounds, start + MINUTE));
    }
}
