//! A scheme of one's own.

use thiserror::Error;

use crate::{Algorithm, Encoding, TemplateError};

/// How a sender that is not built in signs: the part of [`SchemeTable`](crate::SchemeTable) that most need.
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
    #[error(
        "signed_content holds {{timestamp}}, so timestamp_header must say where it stands (or timestamp_element, in a list)"
    )]
    NoTimestampHeader,
    /// `{id}` is signed, but nothing says where it stands.
    #[error("signed_content holds {{id}}, so id_header must say where it stands")]
    NoIdHeader,
    /// `{signed_headers}` is signed, but nothing says where their names stand.
    #[error("signed_content holds {{signed_headers}}, so names_element must say where their names stand")]
    NoNamesElement,
    /// Elements are named, but the header holds no list.
    #[error(
        "timestamp_element and names_element are for a list: version must say which of its elements are signatures"
    )]
    NoList,
    /// A text that no topic's name could be.
    #[error(
        "{0:?} is no topic: write its ARN, `arn:aws:sns:eu-west-1:123456789012:orders`; `*` may stand for a whole part"
    )]
    Topic(String),
    /// A text that says no field and value.
    #[error("{0:?} is no condition: sha1_when is a field of the body and its value, as in `algorithm=sha1`")]
    Sha1When(String),
    /// The characters that divide a list could not.
    #[error(
        "separator is one character, with a space after it if there may be some, and assign is another character"
    )]
    Separator,
}

// === impl SchemeError ===

impl SchemeError {
    /// The option at fault.
    pub fn option(&self) -> &'static str {
        match self {
            Self::HeaderName(_) | Self::SharedHeader(_) => "header",
            Self::PrefixText(_) | Self::PrefixNamesOther { .. } => "prefix",
            Self::Content(_) | Self::NoTimestampHeader | Self::NoIdHeader | Self::NoNamesElement => {
                "signed_content"
            }
            Self::NoList => "version",
            Self::Separator => "separator",
            Self::Topic(_) => "topics",
            Self::Sha1When(_) => "sha1_when",
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scheme;

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
    fn an_unsigned_timestamp_sha1_and_a_hash_that_can_be_lengthened_are_warned_of() {
        let unsigned = with(|c| {
            c.timestamp_header = Some("X-Time".into());
            c.signed_content = Some("{body}".into());
        });
        assert_eq!(unsigned.unwrap().warnings().len(), 1);
        assert_eq!(with(|c| c.algorithm = Algorithm::HmacSha1).unwrap().warnings().len(), 1);
        let longer = with(|c| c.algorithm = Algorithm::Sha256Prefix).unwrap().warnings();
        assert!(longer.iter().any(|text| text.contains("longer text")), "{longer:?}");
    }
}
