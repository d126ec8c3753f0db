//! What people and programs read. The one place that prints.

use std::error::Error;
use std::fmt::Display;
use std::io::{ErrorKind, IsTerminal, Write};

use serde::Serialize;

/// A line on standard output.
pub(crate) fn say(line: impl Display) {
    let mut out = std::io::stdout().lock();
    written(writeln!(out, "{line}").and_then(|()| out.flush()));
}

/// Ends the program where standard output can't be written: quietly if its reader went away (`| head`), as others do.
pub(crate) fn written(result: std::io::Result<()>) {
    match result {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            complain(format_args!("can't write to standard output: {error}"));
            std::process::exit(1);
        }
    }
}

/// One object, on a line of its own.
pub(crate) fn say_json(object: &impl Serialize) {
    say(serde_json::to_string(object).expect("text and numbers are always JSON"));
}

/// A line on standard error.
pub(crate) fn complain(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// That a list ends at its `--limit`, not with the last there is.
pub(crate) fn complain_of_more(limit: impl Display) {
    complain(format_args!("(the newest {limit}; there are more, see --limit)"));
}

/// Progress of long work: on a terminal only.
pub(crate) fn progress(line: impl Display) {
    if std::io::stderr().is_terminal() {
        complain(line);
    }
}

/// Rows under their headings, each column as wide as its widest cell.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([headings[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded = cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines = vec![line(&mut headings.iter().copied())];
    lines.extend(rows.iter().map(|row| line(&mut row.iter().map(String::as_str))));
    lines.join("\n")
}

/// Text that a stranger wrote, on one line and harmless: control characters, with which it could rewrite what the
/// terminal shows, are written out.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
        match c {
            c if c.is_control() || is_bidi(c) => safe.extend(c.escape_default()),
            c => safe.push(c),
        }
        safe
    })
}

/// The same for a text of several lines, which it keeps, with their tabs.
pub(crate) fn harmless_lines(text: &str) -> String {
    let line = |line: &str| line.split('\t').map(harmless).collect::<Vec<_>>().join("\t");
    text.split('\n').map(|text| line(text.strip_suffix('\r').unwrap_or(text))).collect::<Vec<_>>().join("\n")
}

/// Characters that turn the direction of what follows them.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The beginning of a text that is too long for its place.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What the system said, without what those who passed it on said around it.
pub(crate) fn innermost(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |error| (*error).source());
    causes.last().map_or_else(|| error.to_string(), ToString::to_string)
}

/// `1 route`, `2 routes`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let rows = [vec!["a".to_owned(), "long cell".to_owned()], vec!["bbbb".to_owned(), "c".to_owned()]];
        assert_eq!(table(&["one", "two"], &rows), "one   two\na     long cell\nbbbb  c");
    }

    #[test]
    fn what_a_stranger_wrote_can_not_steer_the_terminal() {
        assert_eq!(harmless("a\x1b[2Jb\nc\u{9b}d\u{202e}e"), "a\\u{1b}[2Jb\\nc\\u{9b}d\\u{202e}e");
        assert_eq!(harmless("Zoë 北京"), "Zoë 北京");
        assert_eq!(harmless_lines("a\r\n\tb\rc\x07"), "a\n\tb\\rc\\u{7}");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(shortened("äöü", 2), "äö…");
        assert_eq!(shortened("äö", 2), "äö");
    }
}
