//! A scheme of one's own.

use thiserror::Error;

use crate::{
    Algorithm, Encoding, Scheme, Template, TemplateError,
    scheme::{Layout, Prefix, SecretEncoding, Source, TimestampSource, Window},
};

/// How a sender that is not built in signs: the `signature` table of a custom endpoint.
///
/// The default is an HMAC-SHA256 of the body in `X-Webhook-Signature`, in hex or base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomScheme {
    /// How the signature is computed.
    pub algorithm: Algorithm,
    /// The header that holds it.
    pub header: String,
    /// How its bytes are written.
    pub encoding: Encoding,
    /// Text that must stand before it. Without one, the algorithm's name and `=` may.
    pub prefix: Option<String>,
    /// The text that is signed, with `{id}`, `{timestamp}` and `{body}` in it. Unless given,
    /// `{timestamp}.{body}` with a `timestamp_header`, otherwise `{body}`.
    pub signed_content: Option<String>,
    /// The header that holds the time of signing, in Unix seconds.
    pub timestamp_header: Option<String>,
    /// The header that holds the event's id.
    pub id_header: Option<String>,
}

/// Why the parts of a custom scheme do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SchemeError {
    /// A text that cannot be a header's name.
    #[error("{0:?} cannot be the name of a header: use letters, digits and hyphens")]
    HeaderName(String),
    /// One header is asked to hold two things.
    #[error("the header {0} is named for two purposes; signature, timestamp and id need one each")]
    SharedHeader(String),
    /// A prefix that no header could hold.
    #[error("the prefix {0:?} holds a character that is not visible ASCII")]
    PrefixText(String),
    /// A prefix that names an algorithm other than the configured one.
    #[error("the prefix {prefix:?} names another algorithm than the configured {algorithm}")]
    PrefixNamesOther {
        /// The configured prefix.
        prefix: String,
        /// The configured algorithm.
        algorithm: Algorithm,
    },
    /// `signed_content` is not a template.
    #[error("signed_content is not usable: {0}")]
    Content(#[from] TemplateError),
    /// `{timestamp}` is signed, but nothing says where it stands.
    #[error("signed_content holds {{timestamp}}, so timestamp_header must say where it stands")]
    NoTimestampHeader,
    /// `{id}` is signed, but nothing says where it stands.
    #[error("signed_content holds {{id}}, so id_header must say where it stands")]
    NoIdHeader,
}

// === impl CustomScheme ===

impl Default for CustomScheme {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::HmacSha256,
            header: "X-Webhook-Signature".to_owned(),
            encoding: Encoding::Either,
            prefix: None,
            signed_content: None,
            timestamp_header: None,
            id_header: None,
        }
    }
}

impl CustomScheme {
    pub(crate) fn into_scheme(self) -> Result<Scheme, SchemeError> {
        self.check_headers()?;
        Ok(Scheme {
            content: self.content()?,
            layout: Layout::Single(self.checked_prefix()?),
            name: "custom".into(),
            header: self.header,
            algorithm: self.algorithm,
            encoding: self.encoding,
            timestamp: self.timestamp_header.map(TimestampSource::Header),
            window: Window::BothWays,
            event_id: self.id_header.iter().cloned().map(Source::Header).collect(),
            id_header: self.id_header,
            secret_encoding: SecretEncoding::Text,
            event_type: event_type(),
        })
    }

    fn check_headers(&self) -> Result<(), SchemeError> {
        let mut seen: Vec<&String> = Vec::new();
        for name in [Some(&self.header), self.timestamp_header.as_ref(), self.id_header.as_ref()] {
            let Some(name) = name else { continue };
            if !is_header_name(name) {
                return Err(SchemeError::HeaderName(name.clone()));
            }
            if seen.iter().any(|other| other.eq_ignore_ascii_case(name)) {
                return Err(SchemeError::SharedHeader(name.clone()));
            }
            seen.push(name);
        }
        Ok(())
    }

    fn content(&self) -> Result<Template, SchemeError> {
        let text = match (&self.signed_content, &self.timestamp_header) {
            (Some(text), _) => text,
            (None, Some(_)) => "{timestamp}.{body}",
            (None, None) => "{body}",
        };
        let content: Template = text.parse()?;
        if content.has_timestamp() && self.timestamp_header.is_none() {
            return Err(SchemeError::NoTimestampHeader);
        }
        if content.has_id() && self.id_header.is_none() {
            return Err(SchemeError::NoIdHeader);
        }
        Ok(content)
    }

    fn checked_prefix(&self) -> Result<Prefix, SchemeError> {
        let Some(prefix) = self.prefix.as_ref().filter(|p| !p.is_empty()) else {
            return Ok(Prefix::Algorithm);
        };
        if !prefix.bytes().all(|c| c.is_ascii_graphic() || c == b' ') {
            return Err(SchemeError::PrefixText(prefix.clone()));
        }
        // `sha256=` says only which hash, so it fits RSA over SHA-256 too; `sha1=` before SHA-256 fits nothing.
        let names = |a: &Algorithm| a.prefixes().contains(&prefix.as_str());
        let named = Algorithm::ALL.into_iter().find(names);
        match named {
            Some(named) if named.is_sha1() != self.algorithm.is_sha1() => {
                Err(SchemeError::PrefixNamesOther { prefix: prefix.clone(), algorithm: self.algorithm })
            }
            _ => Ok(Prefix::Required(prefix.clone())),
        }
    }
}

fn event_type() -> Vec<Source> {
    let body = ["type", "event_type", "event"].map(|path| Source::Body(path.to_owned()));
    let headers = ["X-Event-Type", "X-Webhook-Event"].map(|name| Source::Header(name.to_owned()));
    body.into_iter().chain(headers).collect()
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut CustomScheme)) -> Result<Scheme, SchemeError> {
        let mut custom = CustomScheme::default();
        change(&mut custom);
        Scheme::custom(custom)
    }

    #[test]
    fn the_signed_text_follows_from_the_timestamp_header_unless_it_is_given() {
        assert_eq!(with(|_| ()).unwrap().signed_content().to_string(), "{body}");
        let timed = with(|c| c.timestamp_header = Some("X-Time".into())).unwrap();
        assert_eq!(timed.signed_content().to_string(), "{timestamp}.{body}");
        assert!(timed.has_timestamp());
    }

    #[test]
    fn a_place_in_the_signed_text_needs_its_header() {
        let signed = |text: &str| with(|c| c.signed_content = Some(text.to_owned()));
        assert_eq!(signed("{timestamp}{body}"), Err(SchemeError::NoTimestampHeader));
        assert_eq!(signed("{id}{body}"), Err(SchemeError::NoIdHeader));
        assert_eq!(signed("x"), Err(SchemeError::Content(TemplateError::NoBody)));
    }

    #[test]
    fn a_header_has_one_purpose_and_a_name_that_can_be_sent() {
        assert!(matches!(with(|c| c.header = "X Sign".into()), Err(SchemeError::HeaderName(_))));
        assert!(matches!(with(|c| c.header = String::new()), Err(SchemeError::HeaderName(_))));
        let twice = with(|c| c.id_header = Some("x-webhook-signature".into()));
        assert!(matches!(twice, Err(SchemeError::SharedHeader(_))));
    }

    #[test]
    fn a_prefix_may_not_name_another_algorithm() {
        assert!(with(|c| c.prefix = Some("sha256=".into())).is_ok());
        assert!(with(|c| c.prefix = Some("v1,".into())).is_ok());
        let other = with(|c| c.prefix = Some("sha1=".into()));
        assert!(matches!(other, Err(SchemeError::PrefixNamesOther { .. })));
        assert!(matches!(with(|c| c.prefix = Some("é=".into())), Err(SchemeError::PrefixText(_))));
    }

    #[test]
    fn an_unsigned_timestamp_and_sha1_are_warned_of() {
        let unsigned = with(|c| {
            c.timestamp_header = Some("X-Time".into());
            c.signed_content = Some("{body}".into());
        });
        assert_eq!(unsigned.unwrap().warnings().len(), 1);
        assert_eq!(with(|c| c.algorithm = Algorithm::HmacSha1).unwrap().warnings().len(), 1);
    }
}
