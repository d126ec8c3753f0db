//! The ten operators.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// How a filter compares the field with its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    Equals,
    Contains,
    Regex,
    In,
    NotIn,
    Range,
    GreaterThan,
    LessThan,
    Exists,
    NotExists,
}

/// Not one of the ten.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an operator; expected {list}", list = list())]
pub struct UnknownOperator(pub String);

// === impl Operator ===

impl Operator {
    pub const ALL: [Self; 10] = [
        Self::Equals,
        Self::Contains,
        Self::Regex,
        Self::In,
        Self::NotIn,
        Self::Range,
        Self::GreaterThan,
        Self::LessThan,
        Self::Exists,
        Self::NotExists,
    ];

    /// As in the configuration file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equals => "equals",
            Self::Contains => "contains",
            Self::Regex => "regex",
            Self::In => "in",
            Self::NotIn => "not_in",
            Self::Range => "range",
            Self::GreaterThan => "greater_than",
            Self::LessThan => "less_than",
            Self::Exists => "exists",
            Self::NotExists => "not_exists",
        }
    }

    /// The value that a filter with this operator must have; `None` where it must have none.
    pub fn expects(self) -> Option<&'static str> {
        match self {
            Self::Equals => Some("a value to compare with"),
            Self::Contains => Some("a text to look for, such as \"refund\""),
            Self::Regex => Some("a regular expression as a text, such as \"^ord_[0-9]+$\""),
            Self::In | Self::NotIn => Some("a list of values, such as [\"USD\", \"EUR\"]"),
            Self::Range => Some("two numbers, such as [100, 500] or { min = 100, max = 500 }"),
            Self::GreaterThan | Self::LessThan => Some("a number, such as 1000 (without quotes)"),
            Self::Exists | Self::NotExists => None,
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Operator {
    type Err = UnknownOperator;

    fn from_str(text: &str) -> Result<Self, UnknownOperator> {
        Self::ALL.into_iter().find(|o| o.as_str() == text).ok_or_else(|| UnknownOperator(text.to_owned()))
    }
}

fn list() -> String {
    let (last, first) = Operator::ALL.split_last().expect("there are ten");
    let first: Vec<_> = first.iter().map(|operator| operator.as_str()).collect();
    format!("{} or {last}", first.join(", "))
}
