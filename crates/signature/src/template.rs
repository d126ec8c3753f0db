//! The text that is signed.

use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::{Request, places::Computed};

/// The text that a provider signs, as a pattern: `{timestamp}.{body}`.
///
/// `{id}`, `{timestamp}`, `{body}`, `{url}` and `{method}` stand for what was received, byte for byte;
/// `{header:Name}` and `{body:a.b}` for one header and one field of a JSON body; `{form}`, `{php_form:name}`, `{crc32}`,
/// `{sns}`, `{signed_headers}` and `{jwt:claim}` for what some senders make of a request; `{webhook_id}` for the endpoint's
/// option of that name.
/// Everything else stands for itself. Something of the body must be in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
    computed: Vec<Computed>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Id,
    Timestamp,
    Body,
    Url,
    Method,
    WebhookId,
    /// The place among the computed parts.
    Computed(usize),
}

/// What fills a template's places.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Filling<'a> {
    pub(crate) id: &'a [u8],
    pub(crate) timestamp: &'a [u8],
    pub(crate) body: &'a [u8],
    pub(crate) url: &'a str,
    pub(crate) method: &'a str,
    pub(crate) webhook_id: &'a str,
    pub(crate) computed: &'a [Vec<u8>],
}

/// Why a text is not a template.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// A name in braces that stands for nothing.
    #[error(
        "{{{0}}} stands for nothing; {{id}}, {{timestamp}}, {{body}}, {{url}}, {{method}} and a few others may be used"
    )]
    UnknownPlace(String),
    /// A brace without its partner.
    #[error("a brace has no partner; braces are only for {{id}}, {{timestamp}}, {{body}} and the like")]
    LoneBrace,
    /// The body would not be signed.
    #[error("{{body}} is missing, so anybody could change the body")]
    NoBody,
}

// === impl Filling ===

impl<'a> Filling<'a> {
    pub(crate) fn with(self, computed: &'a [Vec<u8>]) -> Self {
        Self { computed, ..self }
    }
}

// === impl Template ===

impl Template {
    /// The pieces of the signed text, in order, none of them copied.
    pub(crate) fn fill<'a>(&'a self, with: Filling<'a>) -> impl Iterator<Item = &'a [u8]> + Clone {
        self.parts.iter().map(move |part| match part {
            Part::Text(text) => text.as_bytes(),
            Part::Id => with.id,
            Part::Timestamp => with.timestamp,
            Part::Body => with.body,
            Part::Url => with.url.as_bytes(),
            Part::Method => with.method.as_bytes(),
            Part::WebhookId => with.webhook_id.as_bytes(),
            Part::Computed(place) => with.computed.get(*place).map(Vec::as_slice).unwrap_or_default(),
        })
    }

    /// The parts that have to be computed, in the order in which `fill` wants them; mostly none. `None` if no
    /// signature of this request can be right.
    pub(crate) fn compute(&self, request: &Request<'_>, url: &str, names: &[u8]) -> Option<Vec<Vec<u8>>> {
        self.computed.iter().map(|part| part.of(request, url, names)).collect()
    }

    /// Whether the URL is signed.
    pub fn has_url(&self) -> bool {
        self.parts.contains(&Part::Url)
    }

    /// Whether the body's form fields are signed in place of the body.
    pub(crate) fn has_form(&self) -> bool {
        self.computed.contains(&Computed::Form)
    }

    /// Whether the signature header lists further headers that are signed.
    pub(crate) fn has_signed_headers(&self) -> bool {
        self.computed.contains(&Computed::SignedHeaders)
    }

    /// The claim that holds the body's hash, if a JSON Web Token is signed.
    pub(crate) fn jwt_claim(&self) -> Option<&str> {
        self.computed.iter().find_map(|part| match part {
            Computed::Jwt(claim) => Some(claim.as_str()),
            _ => None,
        })
    }

    /// Whether the method is signed.
    pub(crate) fn has_method(&self) -> bool {
        self.parts.contains(&Part::Method)
    }

    /// Whether all of the body is covered.
    pub fn covers_body(&self) -> bool {
        let whole = |part: &Computed| {
            matches!(part, Computed::Form | Computed::PhpForm(_) | Computed::Crc32 | Computed::Jwt(_))
        };
        self.parts.contains(&Part::Body) || self.computed.iter().any(whole)
    }

    /// Whether the sender's name for the endpoint is signed.
    pub(crate) fn has_webhook_id(&self) -> bool {
        self.parts.contains(&Part::WebhookId)
    }

    /// Whether the message's id is signed.
    pub fn has_id(&self) -> bool {
        self.parts.contains(&Part::Id)
    }

    /// Whether the time is signed.
    pub fn has_timestamp(&self) -> bool {
        self.parts.contains(&Part::Timestamp)
    }

    /// The text that ends an id within the signed text; an id that holds it could be read in two ways.
    pub(crate) fn id_ends_at(&self) -> Option<&str> {
        self.parts.windows(2).find_map(|pair| match pair {
            [Part::Id, Part::Text(text)] => Some(text.as_str()),
            _ => None,
        })
    }
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(mut text: &str) -> Result<Self, TemplateError> {
        let (mut parts, mut computed) = (Vec::new(), Vec::new());
        while !text.is_empty() {
            let brace = text.find(['{', '}']).unwrap_or(text.len());
            let (literal, rest) = text.split_at(brace);
            if !literal.is_empty() {
                parts.push(Part::Text(literal.to_owned()));
            }
            if rest.is_empty() {
                break;
            }
            let inner = rest.strip_prefix('{').ok_or(TemplateError::LoneBrace)?;
            let (name, after) = inner.split_once('}').ok_or(TemplateError::LoneBrace)?;
            parts.push(place(name, &mut computed)?);
            text = after;
        }
        let template = Self { parts, computed };
        let has_fields =
            template.computed.iter().any(|part| matches!(part, Computed::Field(_) | Computed::Sns));
        if template.covers_body() || has_fields { Ok(template) } else { Err(TemplateError::NoBody) }
    }
}

fn place(name: &str, computed: &mut Vec<Computed>) -> Result<Part, TemplateError> {
    let part = match name {
        "id" => return Ok(Part::Id),
        "timestamp" => return Ok(Part::Timestamp),
        "body" => return Ok(Part::Body),
        "url" => return Ok(Part::Url),
        "method" => return Ok(Part::Method),
        "webhook_id" => return Ok(Part::WebhookId),
        "form" => Computed::Form,
        "sns" => Computed::Sns,
        "crc32" => Computed::Crc32,
        "signed_headers" => Computed::SignedHeaders,
        _ => match name.split_once(':') {
            Some(("body", path)) if !path.is_empty() => Computed::Field(path.to_owned()),
            Some(("header", name)) if !name.is_empty() => Computed::Header(name.to_owned()),
            Some(("php_form", name)) if !name.is_empty() => Computed::PhpForm(name.to_owned()),
            Some(("jwt", claim)) if !claim.is_empty() => Computed::Jwt(claim.to_owned()),
            _ => return Err(TemplateError::UnknownPlace(name.to_owned())),
        },
    };
    computed.push(part);
    Ok(Part::Computed(computed.len() - 1))
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Id => f.write_str("{id}"),
            Part::Timestamp => f.write_str("{timestamp}"),
            Part::Body => f.write_str("{body}"),
            Part::Url => f.write_str("{url}"),
            Part::Method => f.write_str("{method}"),
            Part::WebhookId => f.write_str("{webhook_id}"),
            Part::Computed(place) => match &self.computed[*place] {
                Computed::Form => f.write_str("{form}"),
                Computed::Sns => f.write_str("{sns}"),
                Computed::Crc32 => f.write_str("{crc32}"),
                Computed::SignedHeaders => f.write_str("{signed_headers}"),
                Computed::Field(path) => write!(f, "{{body:{path}}}"),
                Computed::Header(name) => write!(f, "{{header:{name}}}"),
                Computed::PhpForm(name) => write!(f, "{{php_form:{name}}}"),
                Computed::Jwt(claim) => write!(f, "{{jwt:{claim}}}"),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str) -> String {
        let template: Template = template.parse().unwrap();
        let with = Filling { id: b"ID", timestamp: b"12", body: b"{body}", url: "U", ..Filling::default() };
        String::from_utf8(template.fill(with).flatten().copied().collect()).unwrap()
    }

    #[test]
    fn places_are_filled_and_the_rest_stands_for_itself() {
        assert_eq!(filled("v0:{timestamp}:{body}"), "v0:12:{body}");
        assert_eq!(filled("{id}.{timestamp}.{body}"), "ID.12.{body}");
        assert_eq!(filled("{body}{body}é"), "{body}{body}é");
    }

    #[test]
    fn a_template_prints_as_it_was_written() {
        for text in [
            "{body}",
            "v0:{timestamp}:{body}",
            "{id}.{timestamp}.{body}",
            "{method}{url}{body:a.0.b}{header:X}{crc32}",
            "{php_form:p_signature}",
            "{jwt:request_body_sha256}",
        ] {
            assert_eq!(text.parse::<Template>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_template_must_have_the_body_and_no_other_braces() {
        assert_eq!("".parse::<Template>(), Err(TemplateError::NoBody));
        assert!("{body:a.b}".parse::<Template>().is_ok_and(|template| !template.covers_body()));
        assert_eq!("{timestamp}".parse::<Template>(), Err(TemplateError::NoBody));
        assert_eq!("{Body}".parse::<Template>(), Err(TemplateError::UnknownPlace("Body".to_owned())));
        assert_eq!("{body".parse::<Template>(), Err(TemplateError::LoneBrace));
        assert_eq!("body}{body}".parse::<Template>(), Err(TemplateError::LoneBrace));
    }

    #[test]
    fn an_id_ends_at_the_text_after_it() {
        assert_eq!("{id}.{body}".parse::<Template>().unwrap().id_ends_at(), Some("."));
        assert_eq!("{id}{body}".parse::<Template>().unwrap().id_ends_at(), None);
    }
}
