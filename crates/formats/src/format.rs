//! The three formats that an endpoint may declare.

use std::fmt;
use std::str::FromStr;

use crate::media_type::MediaType;

/// What an endpoint's bodies are written in (`event_format`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Format {
    #[default]
    Json,
    Xml,
    Form,
}

/// Not one of `json`, `xml`, `form`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an event format; expected json, xml or form")]
pub struct UnknownFormat(pub String);

// === impl Format ===

impl Format {
    pub const ALL: [Self; 3] = [Self::Json, Self::Xml, Self::Form];

    /// As in the configuration file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Xml => "xml",
            Self::Form => "form",
        }
    }

    /// As in a sentence.
    pub fn title(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Xml => "XML",
            Self::Form => "form data",
        }
    }

    /// The content type to send or to ask for.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Xml => "application/xml",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }

    /// Does a `Content-Type` header of this value announce this format, in UTF-8? An empty value (no header)
    /// announces nothing.
    pub fn accepts(self, content_type: &str) -> bool {
        let Some(media) = MediaType::parse(content_type) else { return false };
        media.is_utf8() && self.covers(&media)
    }

    fn covers(self, media: &MediaType<'_>) -> bool {
        match self {
            Self::Json => {
                media.is("application", "json") || media.is("text", "json") || media.is_json_suffixed()
            }
            Self::Xml => {
                media.is("application", "xml") || media.is("text", "xml") || media.has_suffix("+xml")
            }
            Self::Form => media.is("application", "x-www-form-urlencoded"),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|f| f.as_str() == text).ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_accepts_its_own_content_types() {
        for (format, text) in [
            (Format::Json, "application/json"),
            (Format::Json, "Application/JSON; charset=UTF-8"),
            (Format::Json, "text/json;charset=\"utf-8\""),
            (Format::Json, "application/cloudevents+json; charset=utf-8; version=\"1;0\""),
            (Format::Json, "application/json;"),
            (Format::Xml, "text/xml"),
            (Format::Xml, "application/xml ; charset = utf-8"),
            (Format::Xml, "image/svg+xml"),
            (Format::Form, "application/x-www-form-urlencoded"),
        ] {
            assert!(format.accepts(text), "{format} should accept {text}");
        }
    }

    #[test]
    fn a_wrong_missing_or_broken_content_type_is_not_accepted() {
        for (format, text) in [
            (Format::Json, ""),
            (Format::Json, "application/xml"),
            (Format::Json, "application/jsonx"),
            (Format::Json, "application/+json"),
            (Format::Json, "text/x+json"),
            (Format::Json, "application/json; charset=latin1"),
            (Format::Json, "application/json; charset=utf-16"),
            (Format::Json, "application/json; charset"),
            (Format::Json, "application/json; charset=utf-8; charset=latin1"),
            (Format::Json, "application/json; charset=latin1; charset=utf-8"),
            (Format::Json, "application/json, text/plain"),
            (Format::Json, "application/json; a=b, text/plain"),
            (Format::Json, "application/json; a=\"unclosed"),
            (Format::Json, "application json"),
            (Format::Json, "application/json/x"),
            (Format::Xml, "application/json"),
            (Format::Xml, "text/html"),
            (Format::Form, "multipart/form-data; boundary=x"),
        ] {
            assert!(!format.accepts(text), "{format} should not accept {text}");
        }
    }

    #[test]
    fn a_format_is_read_from_and_written_as_its_name() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse::<Format>(), Ok(format));
            assert!(format.accepts(format.media_type()));
        }
        assert_eq!(
            "yaml".parse::<Format>().unwrap_err().to_string(),
            "`yaml` is not an event format; expected json, xml or form"
        );
    }
}
