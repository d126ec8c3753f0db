//! `Admitted` → `EventId`: on the raw stream, once, before the sender hears of it.

use actix_web::http::header::{self, HeaderMap};
use event::{Body, EventId, RawEvent};
use formats::Limits;
use limit::Quotas;
use settings::{Dedupe, Endpoint, Settings};
use sha2::{Digest, Sha256};
use signature::{Proof, Source};
use stream::{Mark, Store};

use crate::admit::Admitted;
use crate::headers::kept;
use crate::publish::{Put, Way};
use crate::reject::Rejection;

/// Longest name of an event's type, in bytes.
const LONGEST_TYPE: usize = 256;

/// An event that Redis has, or our disk.
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
    way: Way<'_>,
    settings: &Settings,
) -> Result<Enqueued, Rejection> {
    publish(admitted, None, way, settings).await
}

/// The same for a request out of the quarantine, known there by `kept_as`: once, though it names no id itself.
pub(crate) async fn enqueue_kept(
    admitted: Admitted<'_>,
    kept_as: &str,
    store: &Store,
    settings: &Settings,
) -> Result<Enqueued, Rejection> {
    publish(admitted, Some(kept_as), Way { store, around: None }, settings).await
}

/// Is the body what its endpoint takes?
pub(crate) fn check(admitted: &Admitted<'_>) -> Result<(), Rejection> {
    let incoming = &admitted.incoming;
    content_type(incoming.endpoint, incoming.headers)?;
    name(incoming.endpoint, incoming.headers, &incoming.body).map(|_| ())
}

async fn publish(
    admitted: Admitted<'_>,
    kept_as: Option<&str>,
    way: Way<'_>,
    settings: &Settings,
) -> Result<Enqueued, Rejection> {
    let Admitted { incoming, proof, standing } = admitted;
    let endpoint = incoming.endpoint;
    let content_type = content_type(endpoint, incoming.headers)?;
    let named = name(endpoint, incoming.headers, &incoming.body)?;
    let (id, mark) = match (identify(endpoint, &named, &incoming.body, settings), kept_as) {
        ((_, None), Some(kept_as)) => {
            let id = EventId::derived(&endpoint.id, &format!("refused:{kept_as}"));
            (id, Some(Mark { window: settings.deduplication.window }))
        }
        (identified, _) => identified,
    };
    let event = RawEvent {
        id,
        endpoint: endpoint.id.clone(),
        source: endpoint.source.clone(),
        event_type: named.event_type,
        received_at: incoming.received_at,
        headers: kept(incoming.headers, endpoint),
        body: Body { bytes: incoming.body, content_type, format: endpoint.event_format.as_str().to_owned() },
        trace: incoming.trace,
        verified_by: proof.as_ref().map(|proof| proof.key_fingerprint.to_string()).unwrap_or_default(),
        awaited: false,
    };
    service::crash_point("ingress.publish.before");
    let put = way.put(&event, mark, settings).await?;
    service::crash_point("ingress.publish.after");
    Ok(Enqueued {
        id: event.id,
        repeated: put == Put::Repeated,
        success_status: endpoint.success_status,
        standing,
        proof,
    })
}

/// The one `Content-Type`, if it is one of the endpoint's format.
fn content_type(endpoint: &Endpoint, headers: &HeaderMap) -> Result<String, Rejection> {
    let format = endpoint.event_format;
    let mut values = headers.get_all(header::CONTENT_TYPE);
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Rejection::UnsupportedMediaType { format });
    };
    match value.to_str() {
        Ok(text) if format.accepts(text) || is_providers(endpoint, text) => Ok(text.to_owned()),
        _ => Err(Rejection::UnsupportedMediaType { format }),
    }
}

/// Whether it is the type that the endpoint's provider gives its bodies, with whatever parameters.
fn is_providers(endpoint: &Endpoint, content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    endpoint.scheme.content_type().is_some_and(|own| own.eq_ignore_ascii_case(kind))
}

/// Reads the body once: is it what the endpoint takes, and where it says so, the event's id and type.
fn name(endpoint: &Endpoint, headers: &HeaderMap, body: &[u8]) -> Result<Named, Rejection> {
    let ids = endpoint.scheme.event_id_source();
    let own = endpoint.event_type_field.clone().map(Source::Body);
    let types: Vec<&Source> = own.iter().chain(endpoint.scheme.event_type_source()).collect();
    let in_body: Vec<&str> = ids.iter().chain(types.iter().copied()).filter_map(path).collect();
    let found = formats::pick(endpoint.event_format, body, &Limits::default(), &in_body)?;
    let value = |source: &Source| match source {
        Source::Header(name) => headers.get(name)?.to_str().ok().map(str::to_owned),
        Source::Body(path) => {
            let place = in_body.iter().position(|wanted| wanted == path)?;
            found[place].clone()
        }
    };
    // What is empty names nothing.
    let named = |source: &Source| value(source).filter(|name| !name.is_empty());
    let event_type = types.into_iter().find_map(named).unwrap_or_else(|| "unknown".to_owned());
    if event_type.len() > LONGEST_TYPE {
        return Err(Rejection::TypeTooLong { most: LONGEST_TYPE });
    }
    Ok(Named { provider_id: ids.iter().find_map(named), event_type })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(more: &str) -> Settings {
        let file = format!(
            "[[endpoints]]\nid = \"a\"\nprovider = \"custom\"\nsignature_verification = false\n{more}"
        );
        settings::parse(&file, "test.toml", &|_| None).unwrap()
    }

    fn identified(settings: &Settings, provider_id: Option<&str>, body: &[u8]) -> (EventId, bool) {
        let named = Named { provider_id: provider_id.map(str::to_owned), event_type: String::new() };
        let (id, mark) = identify(&settings.endpoints[0], &named, body, settings);
        (id, mark.is_some())
    }

    #[test]
    fn the_providers_id_makes_an_event_known_again() {
        let settings = settings("");
        assert_eq!(identified(&settings, Some("1"), b"x"), identified(&settings, Some("1"), b"y"));
        assert_ne!(identified(&settings, Some("1"), b"x").0, identified(&settings, Some("2"), b"x").0);
        assert!(identified(&settings, Some("1"), b"x").1);
    }

    #[test]
    fn an_event_without_an_id_is_always_new() {
        let settings = settings("");
        let (one, other) = (identified(&settings, None, b"x"), identified(&settings, None, b"x"));
        assert_ne!(one.0, other.0);
        assert!(!one.1);
    }

    #[test]
    fn an_endpoint_may_go_by_the_body_or_take_everything_as_new() {
        let by_body = settings("deduplicate = \"body\"");
        assert_eq!(identified(&by_body, Some("1"), b"x"), identified(&by_body, Some("2"), b"x"));
        assert_ne!(identified(&by_body, Some("1"), b"x").0, identified(&by_body, Some("1"), b"y").0);
        assert!(!identified(&settings("deduplicate = \"off\""), Some("1"), b"x").1);
    }

    #[test]
    fn the_type_comes_from_where_the_endpoint_says() {
        let name = |more: &str, body: &[u8]| {
            let settings = settings(more);
            name(&settings.endpoints[0], &HeaderMap::new(), body).map(|named| named.event_type)
        };
        assert_eq!(name("", br#"{"type":"a.b"}"#).unwrap(), "a.b");
        assert_eq!(name("", br#"{"n":1}"#).unwrap(), "unknown");
        assert_eq!(name("", br#"{"type":""}"#).unwrap(), "unknown");
        assert_eq!(name("event_type_field = \"kind\"", br#"{"kind":"","type":"a"}"#).unwrap(), "a");
        assert_eq!(
            name("event_type_field = \"what.kind\"", br#"{"type":"a","what":{"kind":"b"}}"#).unwrap(),
            "b"
        );
        let long = format!(r#"{{"type":"{}"}}"#, "x".repeat(257));
        assert!(matches!(name("", long.as_bytes()), Err(Rejection::TypeTooLong { .. })));
        assert!(matches!(name("", b"{"), Err(Rejection::Format(_))));
    }
}
