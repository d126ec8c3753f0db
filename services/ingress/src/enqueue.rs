//! `Admitted` → `EventId`: on the raw stream, once, before the sender hears of it.

use event::{Body, EventId, Headers, RawEvent};
use formats::Limits;
use limit::Quotas;
use settings::{Dedupe, Endpoint, Settings};
use sha2::{Digest, Sha256};
use signature::{Proof, Source};
use stream::{Mark, Published, Store};

use crate::admit::Admitted;
use crate::headers::kept;
use crate::reject::Rejection;

/// Longest name of an event's type, in bytes.
const LONGEST_TYPE: usize = 256;

/// An event that Redis has.
pub(crate) struct Enqueued {
    pub(crate) id: EventId,
    /// It was accepted before; nothing was added now.
    pub(crate) repeated: bool,
    pub(crate) success_status: u16,
    pub(crate) standing: Quotas,
    pub(crate) proof: Option<Proof>,
}

/// What the request says of itself, in its headers or its body.
struct Named {
    provider_id: Option<String>,
    event_type: String,
}

/// Checks the format, gives the event its id, and publishes it unless it was accepted before.
pub(crate) async fn enqueue(
    admitted: Admitted<'_>,
    store: &Store,
    settings: &Settings,
) -> Result<Enqueued, Rejection> {
    let Admitted { incoming, proof, standing } = admitted;
    let endpoint = incoming.endpoint;
    let headers = kept(incoming.headers, endpoint);
    let named = name(endpoint, &headers, &incoming.body)?;
    let (id, mark) = identify(endpoint, &named, &incoming.body, settings);
    let event = RawEvent {
        id,
        endpoint: endpoint.id.clone(),
        source: endpoint.source.clone(),
        event_type: named.event_type,
        received_at: incoming.received_at,
        headers,
        body: Body {
            bytes: incoming.body,
            content_type: incoming.content_type,
            format: endpoint.event_format.as_str().to_owned(),
        },
        trace: incoming.trace,
        awaited: false,
    };
    let published = store.publish(&event, mark, settings.archive.enabled).await?;
    Ok(Enqueued {
        id: event.id,
        repeated: published == Published::Duplicate,
        success_status: endpoint.success_status,
        standing,
        proof,
    })
}

/// Reads the body once: is it what the endpoint takes, and where it says so, the event's id and type.
fn name(endpoint: &Endpoint, headers: &Headers, body: &[u8]) -> Result<Named, Rejection> {
    let ids = endpoint.scheme.event_id_source();
    let own = endpoint.event_type_field.clone().map(Source::Body);
    let types: Vec<&Source> = own.iter().chain(endpoint.scheme.event_type_source()).collect();
    let in_body: Vec<&str> = ids.iter().chain(types.iter().copied()).filter_map(path).collect();
    let found = formats::pick(endpoint.event_format, body, &Limits::default(), &in_body)?;
    let value = |source: &Source| match source {
        Source::Header(name) => headers.get(name).map(str::to_owned),
        Source::Body(path) => {
            let place = in_body.iter().position(|wanted| wanted == path)?;
            found[place].clone()
        }
    };
    let event_type = types.into_iter().find_map(&value).unwrap_or_else(|| "unknown".to_owned());
    if event_type.len() > LONGEST_TYPE {
        return Err(Rejection::TypeTooLong { most: LONGEST_TYPE });
    }
    Ok(Named { provider_id: ids.iter().find_map(&value).filter(|id| !id.is_empty()), event_type })
}

fn path(source: &Source) -> Option<&str> {
    match source {
        Source::Body(path) => Some(path),
        Source::Header(_) => None,
    }
}

/// The event's id, and whether to look if it was accepted before.
fn identify(endpoint: &Endpoint, named: &Named, body: &[u8], settings: &Settings) -> (EventId, Option<Mark>) {
    let derived = match (endpoint.dedupe, &named.provider_id) {
        (Dedupe::ProviderId, Some(id)) => Some(EventId::derived(&endpoint.id, id)),
        (Dedupe::Body, _) => {
            Some(EventId::derived(&endpoint.id, &format!("body:{}", hex::encode(Sha256::digest(body)))))
        }
        (Dedupe::ProviderId, None) | (Dedupe::Off, _) => None,
    };
    match derived {
        Some(id) => (id, Some(Mark { window: settings.deduplication.window })),
        None => (EventId::random(), None),
    }
}
