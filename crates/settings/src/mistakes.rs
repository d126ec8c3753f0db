//! What is wrong with a configuration file, and where.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

/// One thing to mend. As JSON: `{"file","line","column","message","suggestion"}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Mistake {
    /// The file's name as it was given, or `environment`.
    pub file: String,
    /// From 1; 0 when the mistake is not on a line (a file that can't be read, a variable).
    pub line: usize,
    /// From 1, in characters; 0 as for `line`.
    pub column: usize,
    pub message: String,
    /// The nearest right name.
    pub suggestion: Option<String>,
    /// The line itself, secrets struck out.
    #[serde(skip)]
    source: Option<String>,
}

/// Every mistake of one file, in the order of its lines. Never empty when returned as an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Mistakes(Vec<Mistake>);

// === impl Mistake ===

impl Mistake {
    /// A mistake that is on no line: of the file as a whole, or of the environment.
    pub fn of(file: impl Into<String>, message: impl Into<String>) -> Self {
        let (file, message) = (file.into(), message.into());
        Self { file, line: 0, column: 0, message, suggestion: None, source: None }
    }

    pub(crate) fn at(file: &str, place: &Place, message: String, suggestion: Option<String>) -> Self {
        let (line, column, source) = (place.line, place.column, Some(place.source.clone()));
        Self { file: file.to_owned(), line, column, message, suggestion, source }
    }
}

/// For a person: `file:line:column: message`, the line, a caret, and the nearest right name.
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if self.line > 0 {
            write!(f, "{}:{}:", self.line, self.column)?;
        }
        write!(f, " {}", self.message)?;
        if let Some(source) = &self.source {
            write!(f, "\n    {source}\n    {}^", lead(source, self.column))?;
        }
        match &self.suggestion {
            Some(name) => write!(f, "\n    did you mean `{name}`?"),
            None => Ok(()),
        }
    }
}

/// What stands before the caret: blanks, with the line's own tabs so that it ends up under its character.
fn lead(source: &str, column: usize) -> String {
    source.chars().take(column.saturating_sub(1)).map(|c| if c == '\t' { '\t' } else { ' ' }).collect()
}

// === impl Mistakes ===

impl Mistakes {
    pub(crate) fn new(mut all: Vec<Mistake>) -> Self {
        all.sort_by_key(|m| (m.line == 0, m.line, m.column));
        all.dedup();
        Self(all)
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Mistake> {
        self.0.iter()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Mistake> for Mistakes {
    fn from(mistake: Mistake) -> Self {
        Self(vec![mistake])
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, mistake) in self.0.iter().enumerate() {
            let gap = if n == 0 { "" } else { "\n" };
            write!(f, "{gap}{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

impl IntoIterator for Mistakes {
    type Item = Mistake;
    type IntoIter = std::vec::IntoIter<Mistake>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Mistakes {
    type Item = &'a Mistake;
    type IntoIter = std::slice::Iter<'a, Mistake>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

// === places ===

/// A byte offset of the file as a person counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
    /// The line, without its end.
    pub(crate) source: String,
}

impl Place {
    /// Where `offset` is. Text inside `hidden` is shown as `*`: mistakes are printed, and reload logs them.
    pub(crate) fn find(text: &str, offset: usize, hidden: &[Range<usize>]) -> Self {
        let offset = text.floor_char_boundary(offset.min(text.len()));
        let start = text[..offset].rfind('\n').map_or(0, |n| n + 1);
        let end = text[offset..].find('\n').map_or(text.len(), |n| offset + n);
        let covered = |at: usize| hidden.iter().any(|range| range.contains(&at));
        let strike =
            |(at, c): (usize, char)| if covered(start + at) && c.is_alphanumeric() { '*' } else { c };
        Self {
            line: text[..start].matches('\n').count() + 1,
            column: text[start..offset].chars().count() + 1,
            source: text[start..end].trim_end_matches('\r').char_indices().map(strike).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_sees_the_line_and_a_caret_under_the_place() {
        let text = "a = 1\n\tpört = 2\n";
        let place = Place::find(text, text.find('=').unwrap(), &[]);
        assert_eq!((place.line, place.column), (1, 3));
        let place = Place::find(text, text.rfind("rt").unwrap(), &[]);
        assert_eq!((place.line, place.column), (2, 4));
        let mistake = Mistake::at("f.toml", &place, "no `pört`".into(), Some("port".into()));
        assert_eq!(
            mistake.to_string(),
            "f.toml:2:4: no `pört`\n    \tpört = 2\n    \t  ^\n    did you mean `port`?"
        );
    }

    #[test]
    fn a_program_sees_five_fields() {
        let json = serde_json::to_value(Mistake::of("environment", "bad")).unwrap();
        let expected = serde_json::json!({
            "file": "environment", "line": 0, "column": 0, "message": "bad", "suggestion": null
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn the_end_of_the_file_and_an_empty_file_have_a_place() {
        assert_eq!(Place::find("", 0, &[]).line, 1);
        let place = Place::find("a = [\n", 99, &[]);
        assert_eq!((place.line, place.column), (2, 1));
    }
}
