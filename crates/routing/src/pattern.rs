//! Patterns of event types and sources: `invoice.*`.

/// Text to be met exactly, but for `*`, which stands for any run of characters, dots and none included. Case
/// counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error("a pattern is empty; leave the list empty to match everything, or write `*`")]
    Empty,
    #[error(
        "the pattern `{0}` begins or ends with white space, which no event type or source does; remove it"
    )]
    Blank(String),
    #[error("a pattern has {0} characters; {max} are allowed", max = Pattern::LONGEST)]
    Long(usize),
}

// === impl Pattern ===

impl Pattern {
    /// Characters that a pattern may have.
    pub const LONGEST: usize = 256;

    pub fn new(text: impl Into<String>) -> Result<Self, PatternError> {
        let text = text.into();
        let length = text.chars().count();
        if text.is_empty() {
            Err(PatternError::Empty)
        } else if text.trim() != text {
            Err(PatternError::Blank(text))
        } else if length > Self::LONGEST {
            Err(PatternError::Long(length))
        } else {
            Ok(Self(text))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Allocates nothing.
    pub fn matches(&self, text: &str) -> bool {
        let Some((first, rest)) = self.0.split_once('*') else { return self.0 == text };
        let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
        let Some(inner) = text.strip_prefix(first).and_then(|text| text.strip_suffix(last)) else {
            return false;
        };
        // The earliest place of each piece leaves most room for the next: no way back is ever needed.
        let after = |left: &'_ str, piece: &str| left.find(piece).map(|at| at + piece.len());
        middle.split('*').try_fold(inner, |left, piece| after(left, piece).map(|end| &left[end..])).is_some()
    }
}

#[cfg(test)]
mod tests;
