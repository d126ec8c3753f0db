//! What a provider's signature looks like, as data.

use std::sync::Arc;

use crate::{
    Algorithm, CustomScheme, Encoding, Handshake, HeaderSource, SchemeError, SchemeTable, SecretEncoding,
    Source, Template, TimeUnit, When, Window, body_path, layout::Layout,
};

/// What a provider's signature looks like: which header, how it is laid out, what is signed, and where the
/// event's name and kind stand.
///
/// A scheme holds no key and does nothing; [`Verifier`](crate::Verifier) and [`Signer`](crate::Signer) read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheme {
    pub(crate) name: Arc<str>,
    pub(crate) title: Arc<str>,
    pub(crate) places: Places,
    /// How a request is signed that has not all the headers of this scheme, and all of that one.
    pub(crate) fallback: Option<Arc<Scheme>>,
    /// Further headers with a signature each, of which any counts.
    pub(crate) more_headers: Vec<String>,
    /// The signature stands in the body, at this path, and in no header.
    pub(crate) signature_field: Option<String>,
    /// Further paths in the body with a signature each, of which any counts.
    pub(crate) more_fields: Vec<String>,
    pub(crate) layout: Layout,
    pub(crate) algorithm: Algorithm,
    pub(crate) encoding: Encoding,
    pub(crate) content: Template,
    /// Where the body says when it was sent. It is looked at once the body is proven.
    pub(crate) timestamp_field: Option<String>,
    pub(crate) unit: TimeUnit,
    pub(crate) window: Window,
    pub(crate) tolerance: u64,
    pub(crate) secret_encoding: SecretEncoding,
    pub(crate) event_id: Vec<Source>,
    pub(crate) event_type: Vec<Source>,
    /// The endpoint's URL as the provider knows it, in place of the request's.
    pub(crate) url: Option<String>,
    /// The provider's name for the endpoint, where it signs that.
    pub(crate) webhook_id: String,
    /// The body's field and its value with which SHA-1 takes the place of SHA-256.
    pub(crate) sha1_when: Option<(String, String)>,
    /// What a request must say of itself for the scheme to be its own.
    pub(crate) when: Option<When>,
    /// Where the request says which certificate it was signed with.
    pub(crate) certificate_url: Option<Source>,
    /// Where such certificates may lie.
    pub(crate) certificate_places: Vec<String>,
    /// Of which such a certificate bears at least one.
    pub(crate) certificate_names: Vec<String>,
    /// The Amazon SNS topics that may send; empty: all.
    pub(crate) topics: Vec<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) handshake: Option<Handshake>,
    pub(crate) answer: Option<String>,
}

/// The headers in which things stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Places {
    pub(crate) signature: String,
    pub(crate) timestamp: Option<String>,
    pub(crate) id: Option<String>,
}

// === impl Scheme ===

impl Scheme {
    /// A scheme of one's own; see [`CustomScheme`].
    ///
    /// # Errors
    /// If the parts contradict one another, or a header's name could not be one.
    pub fn custom(custom: CustomScheme) -> Result<Self, SchemeError> {
        SchemeTable::from(custom).into_scheme("custom")
    }

    /// The provider's name in configuration files.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The provider's name for people.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The header that holds the signature; where it stands in the body, `body:` and the path.
    pub fn header(&self) -> &str {
        &self.places.signature
    }

    /// Every header that may hold a signature or a token, the usual one first.
    pub fn signature_headers(&self) -> impl Iterator<Item = &str> {
        self.own_headers().chain(self.fallback.iter().flat_map(|scheme| scheme.own_headers()))
    }

    pub(crate) fn own_headers(&self) -> impl Iterator<Item = &str> {
        let own = self.signature_field.is_none().then_some(&self.places.signature);
        own.into_iter().chain(&self.more_headers).map(String::as_str)
    }

    /// How the signature is computed.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// How the signature's bytes are written.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The text that is signed.
    pub fn signed_content(&self) -> &Template {
        &self.content
    }

    /// The header that holds the time of signing, if it has one of its own.
    pub fn timestamp_header(&self) -> Option<&str> {
        self.places.timestamp.as_deref()
    }

    /// The header that holds the message's id, if that is signed.
    pub fn id_header(&self) -> Option<&str> {
        self.places.id.as_deref()
    }

    /// How a secret's text becomes the key.
    pub fn secret_encoding(&self) -> SecretEncoding {
        self.secret_encoding
    }

    /// The path in the body where it says when it was sent, if it is there.
    pub fn timestamp_field(&self) -> Option<&str> {
        self.timestamp_field.as_deref()
    }

    /// The path in the body where the signature stands, if it is there and in no header.
    pub fn signature_field(&self) -> Option<&str> {
        self.signature_field.as_deref()
    }

    /// How the time is written.
    pub fn timestamp_unit(&self) -> TimeUnit {
        self.unit
    }

    /// By how many seconds a request's time may differ from ours, unless an endpoint says otherwise;
    /// [`ANY_TIME`](crate::ANY_TIME) if the provider sends the same time again when it tries again, or its own
    /// libraries look at no clock.
    pub fn tolerance_seconds(&self) -> u64 {
        self.tolerance
    }

    /// Whether requests say when they were signed, so that old ones can be refused.
    pub fn has_timestamp(&self) -> bool {
        let in_list = matches!(&self.layout, Layout::List(elements) if elements.timestamp.is_some());
        in_list || self.places.timestamp.is_some() || self.timestamp_field.is_some()
    }

    /// Where the provider's name for the event stands: the first source that has it counts. Empty if the
    /// provider doesn't name its events.
    pub fn event_id_source(&self) -> &[Source] {
        &self.event_id
    }

    /// Where the event's kind stands: the first source that has it counts.
    pub fn event_type_source(&self) -> &[Source] {
        &self.event_type
    }

    /// The provider's name for the event, from the headers or a JSON body.
    pub fn event_id(&self, headers: &dyn HeaderSource, body: &[u8]) -> Option<String> {
        self.event_id.iter().find_map(|source| source.find(headers, body))
    }

    /// The event's kind, from the headers or a JSON body.
    pub fn event_type(&self, headers: &dyn HeaderSource, body: &[u8]) -> Option<String> {
        self.event_type.iter().find_map(|source| source.find(headers, body))
    }

    /// Whether this body asks for SHA-1, which the scheme allows it to.
    pub(crate) fn is_sha1(&self, body: &[u8]) -> bool {
        let says = |(field, value): &(String, String)| body_path::pick(body, field).as_ref() == Some(value);
        self.sha1_when.as_ref().is_some_and(says)
    }

    /// What the provider asks of an endpoint before it sends events, or now and then.
    pub fn handshake(&self) -> Option<Handshake> {
        self.handshake
    }

    /// The type of the content that the provider sends, if it is not that of its format.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// What the provider wants to read in the answer to an event, if it matters.
    pub fn answer(&self) -> Option<&str> {
        self.answer.as_deref()
    }
}
