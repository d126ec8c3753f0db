//! Text that points elsewhere: `${NAME}` is a variable, `file:/path` a file.

use std::io::Read;
use std::ops::Range;
use std::path::Path;

use crate::report::Report;

/// A secret file larger than this is a mistake, 64 KiB.
const LARGEST: u64 = 65_536;

/// So is a larger file of certificates: all that a system trusts are some 220 KiB.
const MOST_CERTIFICATES: u64 = 1_048_576;

/// Why a text can't be resolved. Names the variable or the file, never a value.
#[derive(Debug, thiserror::Error)]
enum Unresolved {
    #[error(
        "the environment variable {0} is not set; set it, or write `${{{0}:-…}}` with a default for a demo"
    )]
    Unset(String),
    #[error("`${{` is not closed with `}}`; write `$${{` for a literal `${{`")]
    Unclosed,
    #[error("`${{{0}}}` does not name an environment variable")]
    Name(String),
    #[error("the file {path} can't be read: {source}")]
    File { path: String, source: std::io::Error },
    #[error("the file {path} is larger than {largest} bytes; is it the right one?")]
    TooLarge { path: String, largest: u64 },
}

/// Fills in variables, then reads the file if the text is `file:…`. Mistakes go to the report.
pub(crate) fn resolve(report: &Report<'_>, text: &str, span: &Range<usize>) -> Option<String> {
    let filled = fill(text, report.env);
    let read = filled.and_then(|text| match text.strip_prefix("file:") {
        Some(path) => read_file(report.file, path, LARGEST),
        None => Ok(text),
    });
    read.map_err(|unresolved| report.mistake(span, unresolved.to_string())).ok()
}

/// Fills in variables, then reads the file of certificates or of a key that the text names.
pub(crate) fn read(report: &Report<'_>, text: &str, span: &Range<usize>) -> Option<String> {
    let read = fill(text, report.env).and_then(|path| read_file(report.file, &path, MOST_CERTIFICATES));
    read.map_err(|unresolved| report.mistake(span, unresolved.to_string())).ok()
}

/// Fills in variables only.
pub(crate) fn resolve_text(report: &Report<'_>, text: &str, span: &Range<usize>) -> Option<String> {
    fill(text, report.env).map_err(|unresolved| report.mistake(span, unresolved.to_string())).ok()
}

/// Whether the text is one variable that may be unset: `${NAME:-}`.
pub(crate) fn may_be_absent(text: &str) -> bool {
    text.starts_with("${") && text.ends_with(":-}") && text.matches("${").count() == 1
}

fn fill(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<String, Unresolved> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        if let Some(literal) = before.strip_suffix('$') {
            filled.push_str(literal);
            filled.push_str("${");
            rest = after;
            continue;
        }
        filled.push_str(before);
        let end = after.find('}').ok_or(Unresolved::Unclosed)?;
        filled.push_str(&variable(&after[..end], env)?);
        rest = &after[end + 1..];
    }
    filled.push_str(rest);
    Ok(filled)
}

/// The value of `NAME` or `NAME:-default`; the default serves when the variable is unset or empty.
fn variable(inner: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<String, Unresolved> {
    let (name, default) = match inner.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inner, None),
    };
    let proper = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(proper) || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(Unresolved::Name(name.to_owned()));
    }
    match (env(name), default) {
        (Some(value), None) => Ok(value),
        (Some(value), Some(_)) if !value.is_empty() => Ok(value),
        (_, Some(default)) => Ok(default.to_owned()),
        (None, None) => Err(Unresolved::Unset(name.to_owned())),
    }
}

/// The file's text without its trailing line ends. A relative path starts at the configuration file's folder.
fn read_file(beside: &str, path: &str, largest: u64) -> Result<String, Unresolved> {
    let full = Path::new(beside).parent().unwrap_or(Path::new("")).join(path);
    let mut text = String::new();
    std::fs::File::open(&full)
        .and_then(|file| file.take(largest + 1).read_to_string(&mut text))
        .map_err(|source| Unresolved::File { path: full.display().to_string(), source })?;
    if text.len() as u64 > largest {
        return Err(Unresolved::TooLarge { path: full.display().to_string(), largest });
    }
    text.truncate(text.trim_end_matches(['\n', '\r']).len());
    Ok(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn env(name: &str) -> Option<String> {
        match name {
            "A" => Some("alpha".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    #[test]
    fn variables_are_filled_in_whole_or_embedded() {
        assert_eq!(fill("${A}", &env).unwrap(), "alpha");
        assert_eq!(fill("<${A}-${A}>", &env).unwrap(), "<alpha-alpha>");
        assert_eq!(fill("$5 and $${A}", &env).unwrap(), "$5 and ${A}");
    }

    #[test]
    fn a_default_serves_when_the_variable_is_unset_or_empty() {
        assert_eq!(fill("${B:-demo}", &env).unwrap(), "demo");
        assert_eq!(fill("${EMPTY:-demo}", &env).unwrap(), "demo");
        assert_eq!(fill("${A:-demo}", &env).unwrap(), "alpha");
        assert!(may_be_absent("${B:-}") && !may_be_absent("${B:-x}") && !may_be_absent("${B}"));
    }

    #[test]
    fn what_can_not_be_filled_in_is_named() {
        assert!(fill("${MISSING}", &env).unwrap_err().to_string().contains("MISSING"));
        assert!(matches!(fill("${A", &env), Err(Unresolved::Unclosed)));
        assert!(matches!(fill("${a b}", &env), Err(Unresolved::Name(_))));
    }

    #[test]
    fn a_file_is_read_beside_the_configuration_without_its_last_line_end() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("s"), "two\nlines\r\n\n").unwrap();
        let beside = folder.path().join("hookstream.toml").display().to_string();
        assert_eq!(read_file(&beside, "s", LARGEST).unwrap(), "two\nlines");
        assert!(read_file(&beside, "none", LARGEST).unwrap_err().to_string().contains("none"));
        std::fs::write(folder.path().join("big"), "x".repeat(70_000)).unwrap();
        assert!(matches!(read_file(&beside, "big", LARGEST), Err(Unresolved::TooLarge { .. })));
    }

    proptest! {
        #[test]
        fn filling_in_never_panics_and_leaves_plain_text_alone(text in ".*", plain in "[^$]*") {
            let _ = fill(&text, &env);
            prop_assert_eq!(fill(&plain, &env).unwrap(), plain);
        }
    }
}
