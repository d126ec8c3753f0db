//! What a provider's signature looks like, as data.

use std::sync::Arc;

use crate::{Algorithm, CustomScheme, Encoding, SchemeError, Template};

/// What a provider's signature looks like: which header, how it is laid out, what is signed, and where the
/// event's name and kind stand.
///
/// A scheme holds no key and does nothing; [`Verifier`](crate::Verifier) and [`Signer`](crate::Signer) read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheme {
    pub(crate) name: Arc<str>,
    pub(crate) header: String,
    pub(crate) layout: Layout,
    pub(crate) algorithm: Algorithm,
    pub(crate) encoding: Encoding,
    pub(crate) content: Template,
    pub(crate) timestamp: Option<TimestampSource>,
    pub(crate) window: Window,
    pub(crate) id_header: Option<String>,
    pub(crate) secret_encoding: SecretEncoding,
    pub(crate) event_id: Vec<Source>,
    pub(crate) event_type: Vec<Source>,
}

/// How the signature header's value is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One signature, and perhaps a prefix before it.
    Single(Prefix),
    /// Elements with a name each, of which those named `version` are signatures: `t=…,v1=…,v1=…`, or
    /// `v1,… v1,…`. Elements of other names are ignored.
    List {
        /// Stands between elements.
        separator: u8,
        /// Stands between an element's name and its value.
        assign: u8,
        /// The name of the elements that are signatures.
        version: String,
    },
}

/// What stands before a single signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Prefix {
    /// Exactly this text, always.
    Required(String),
    /// Nothing, or the name of the configured algorithm and `=`; never that of another.
    Algorithm,
}

/// Where the time of signing stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TimestampSource {
    /// In a header of its own.
    Header(String),
    /// In the signature header, as the element of this name.
    Element(String),
}

/// On which sides of now the tolerance holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Window {
    /// Neither too long ago nor too far ahead.
    BothWays,
    /// Not too long ago; a sender's clock may be ahead of ours by any amount.
    PastOnly,
}

/// How a secret's text becomes the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecretEncoding {
    /// The text's own bytes.
    Text,
    /// Base64 after `whsec_`; a text without that prefix stands for its own bytes.
    Whsec,
}

/// Where a fact about the event stands in the request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// In the header of this name.
    Header(String),
    /// In the body, at this dotted path.
    Body(String),
}

// === impl Scheme ===

impl Scheme {
    /// A scheme of one's own; see [`CustomScheme`].
    ///
    /// # Errors
    /// If the parts contradict one another, or a header's name could not be one.
    pub fn custom(custom: CustomScheme) -> Result<Self, SchemeError> {
        custom.into_scheme()
    }

    /// The scheme of the provider of this name: `stripe`, `github`, `slack`, `standard-webhooks`, or `custom`
    /// for an HMAC-SHA256 of the body in `X-Webhook-Signature`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "stripe" => Some(Self::stripe()),
            "github" => Some(Self::github()),
            "slack" => Some(Self::slack()),
            "standard-webhooks" => Some(Self::standard_webhooks()),
            "custom" => Some(Self::body_only()),
            _ => None,
        }
    }

    /// The names that [`named`](Self::named) knows.
    pub const NAMES: &'static [&'static str] = &["custom", "github", "slack", "standard-webhooks", "stripe"];

    /// The provider's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The header that holds the signature.
    pub fn header(&self) -> &str {
        &self.header
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
        match &self.timestamp {
            Some(TimestampSource::Header(name)) => Some(name),
            _ => None,
        }
    }

    /// Whether requests say when they were signed, so that old ones can be refused.
    pub fn has_timestamp(&self) -> bool {
        self.timestamp.is_some()
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

    /// What an operator should know about this scheme before relying on it; mostly nothing.
    pub fn warnings(&self) -> Vec<&'static str> {
        let unsigned_time = self.has_timestamp()
            && !self.content.has_timestamp()
            && matches!(self.timestamp, Some(TimestampSource::Header(_)));
        let found = [
            (self.algorithm.is_sha1(), "SHA-1 is weak; use a SHA-256 algorithm if the sender has one"),
            (unsigned_time, "the timestamp is not in signed_content, so it does not stop replays"),
        ];
        found.into_iter().filter(|(applies, _)| *applies).map(|(_, text)| text).collect()
    }
}
