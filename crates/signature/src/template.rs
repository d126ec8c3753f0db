//! The text that is signed.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// The text that a provider signs, as a pattern: `{timestamp}.{body}`.
///
/// `{id}`, `{timestamp}` and `{body}` stand for what was received, byte for byte; everything else stands for
/// itself. The body must be in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Id,
    Timestamp,
    Body,
}

/// What fills a template's places.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Filling<'a> {
    pub(crate) id: &'a [u8],
    pub(crate) timestamp: &'a [u8],
    pub(crate) body: &'a [u8],
}

/// Why a text is not a template.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// A name in braces that stands for nothing.
    #[error("{{{0}}} stands for nothing; {{id}}, {{timestamp}} and {{body}} may be used")]
    UnknownPlace(String),
    /// A brace without its partner.
    #[error("a brace has no partner; braces are only for {{id}}, {{timestamp}} and {{body}}")]
    LoneBrace,
    /// The body would not be signed.
    #[error("{{body}} is missing, so anybody could change the body")]
    NoBody,
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
        })
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
        let mut parts = Vec::new();
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
            parts.push(place(name)?);
            text = after;
        }
        if parts.contains(&Part::Body) { Ok(Self { parts }) } else { Err(TemplateError::NoBody) }
    }
}

fn place(name: &str) -> Result<Part, TemplateError> {
    match name {
        "id" => Ok(Part::Id),
        "timestamp" => Ok(Part::Timestamp),
        "body" => Ok(Part::Body),
        _ => Err(TemplateError::UnknownPlace(name.to_owned())),
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Id => f.write_str("{id}"),
            Part::Timestamp => f.write_str("{timestamp}"),
            Part::Body => f.write_str("{body}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str) -> String {
        let template: Template = template.parse().unwrap();
        let with = Filling { id: b"ID", timestamp: b"12", body: b"{body}" };
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
        for text in ["{body}", "v0:{timestamp}:{body}", "{id}.{timestamp}.{body}"] {
            assert_eq!(text.parse::<Template>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_template_must_have_the_body_and_no_other_braces() {
        assert_eq!("".parse::<Template>(), Err(TemplateError::NoBody));
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
