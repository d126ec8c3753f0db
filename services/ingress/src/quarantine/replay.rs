//! A refused request judged again: through verification, as of its arrival, with the configuration now in force.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use event::{EventId, Headers};
use limit::Client;
use serde_json::{Value, json};
use service::trace;
use settings::Settings;
use stream::{Refused, Store, StoreError};

use crate::certificates::Certificates;
use crate::enqueue::Enqueued;
use crate::receive::Incoming;
use crate::reject::Rejection;
use crate::verify::Getting;
use crate::{admit, enqueue, verify};

/// What became of a refused request that was judged again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again {
    /// It is an event, and no longer in the quarantine.
    Accepted { event_id: EventId, repeated: bool },
    /// It would be, had this not been a trial.
    WouldBeAccepted,
    /// It stays where it is.
    StillRefused { code: &'static str, reason: String },
    /// There is none of this id, or it was replayed before.
    Missing,
}

// === impl Again ===

impl Again {
    /// Is it an event now, or would it be?
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted { .. } | Self::WouldBeAccepted)
    }

    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Accepted { repeated: false, .. } => "accepted",
            Self::Accepted { repeated: true, .. } => "duplicate",
            Self::WouldBeAccepted => "would_be_accepted",
            Self::StillRefused { .. } => "refused",
            Self::Missing => "missing",
        }
    }

    /// As admin and `--json` tell it.
    pub fn to_json(&self, id: &str) -> Value {
        let (event_id, code, reason) = match self {
            Self::Accepted { event_id, .. } => (Some(event_id), None, None),
            Self::StillRefused { code, reason } => (None, Some(code), Some(reason)),
            Self::WouldBeAccepted | Self::Missing => (None, None, None),
        };
        json!({ "id": id, "outcome": self.outcome(), "event_id": event_id, "code": code, "reason": reason })
    }
}

/// Judges one refused request again. It leaves the quarantine after it became an event; should it stay because of a
/// failure in between, its mark keeps it from becoming one twice.
///
/// # Errors
/// Redis is away.
pub async fn replay(
    (store, certificates): (&Store, &Certificates),
    settings: &Settings,
    id: &str,
    dry_run: bool,
) -> Result<Again, StoreError> {
    let Some(entry) = store.refused_entry(id).await? else { return Ok(Again::Missing) };
    let refused = Refused::from(&entry);
    match walk(&refused, (id, dry_run), (store, certificates), settings).await {
        Ok(Some(enqueued)) => {
            store.release(id).await?;
            Ok(Again::Accepted { event_id: enqueued.id, repeated: enqueued.repeated })
        }
        Ok(None) => Ok(Again::WouldBeAccepted),
        Err(Rejection::Store(error)) => Err(error),
        Err(rejection) => Ok(Again::StillRefused { code: rejection.code(), reason: rejection.to_string() }),
    }
}

/// The ingress's walk from the verification on; None for a trial that went well.
async fn walk(
    refused: &Refused,
    (id, dry_run): (&str, bool),
    (store, certificates): (&Store, &Certificates),
    settings: &Settings,
) -> Result<Option<Enqueued>, Rejection> {
    let endpoint = settings.endpoint(&refused.endpoint).ok_or(Rejection::UnknownEndpoint)?;
    if !endpoint.enabled {
        return Err(Rejection::EndpointDisabled);
    }
    let headers = header_map(&refused.headers);
    let incoming = Incoming {
        endpoint,
        headers: &headers,
        client: refused
            .client
            .parse()
            .unwrap_or_else(|_| Client::new(std::net::Ipv4Addr::UNSPECIFIED.into())),
        trace: trace::traceparent(&tracing::info_span!(parent: None, "replay", endpoint = endpoint.id)),
        // Not kept: a query may hold secrets. Where the provider signs the URL, the request stays refused.
        url: String::new(),
        body: refused.body.clone(),
        received_at: refused.received_at,
    };
    let getting = Getting { certificates, wanted: &settings.certificates };
    let admitted = admit::admit_uncounted(verify::verify(incoming, getting, refused.received_at).await?);
    if dry_run {
        enqueue::check(&admitted)?;
        return Ok(None);
    }
    enqueue::enqueue_kept(admitted, id, store, settings).await.map(Some)
}

fn header_map(headers: &Headers) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers.iter() {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            map.append(name, value);
        }
    }
    map
}
