//! Where facts stand in a request.

use std::fmt;

use serde::Deserialize;

use crate::{HeaderSource, Single, body_path};

/// Where a fact about the event stands in the request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub enum Source {
    /// In the header of this name.
    Header(String),
    /// In the body, at this dotted path.
    Body(String),
}

/// What a request says somewhere: `body:SignatureVersion is 1 or 2`; `absent` if it may say nothing there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct When {
    pub(crate) source: Source,
    values: Vec<String>,
}

// === impl When ===

impl When {
    /// Whether one of the values stands there, alone or as an element of a list with commas.
    pub(crate) fn holds(&self, headers: &dyn HeaderSource, body: &[u8]) -> bool {
        let is = |text: &str| self.values.iter().any(|value| value == text.trim());
        match self.source.find(headers, body) {
            Some(found) => is(&found) || found.split(',').any(is),
            None => is("absent"),
        }
    }
}

impl TryFrom<String> for When {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (source, values) = text
            .split_once(" is ")
            .ok_or_else(|| format!("{text:?} is no condition: write `body:version is 1 or 2`"))?;
        let values = values.split(" or ").map(|value| value.trim().to_owned()).collect();
        Ok(Self { source: Source::try_from(source.trim().to_owned())?, values })
    }
}

// === impl Source ===

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name) => f.write_str(name),
            Self::Body(path) => write!(f, "body:{path}"),
        }
    }
}

impl Source {
    /// What stands there, if anything does.
    pub fn find(&self, headers: &dyn HeaderSource, body: &[u8]) -> Option<String> {
        let found = match self {
            Self::Header(name) => match headers.single(name) {
                Single::Value(value) => Some(str::from_utf8(value).ok()?.to_owned()),
                Single::Absent | Single::Conflict => None,
            },
            Self::Body(path) => body_path::pick(body, path),
        };
        found.filter(|text| !text.is_empty())
    }
}

impl TryFrom<String> for Source {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("header", name)) if !name.is_empty() => Ok(Self::Header(name.to_owned())),
            Some(("body", path)) if !path.split('.').any(str::is_empty) => Ok(Self::Body(path.to_owned())),
            _ => Err(format!("{text:?} is no place: write `header:X-Event-Id` or `body:event.id`")),
        }
    }
}
