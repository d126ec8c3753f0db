//! Entries of a stream (dead letters, refused requests), told to people and programs.

use std::fmt::Display;
use std::process::ExitCode;
use std::time::Duration;

use event::Headers;
use serde_json::Value;
use service::{Failure, Stop};
use stream::{Entry, Store, StoreError};

use crate::connect::Connect;
use crate::output::{complain, harmless, harmless_lines, say, say_json};
use crate::style::{Style, Tone};

/// What one kind of entry is to a person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// `dead letter`
    pub(crate) name: &'static str,
    /// On a line.
    pub(crate) line: fn(&Entry, Style) -> String,
    /// The facts of a page: a name and a value each.
    pub(crate) facts: fn(&Entry) -> Vec<(&str, String)>,
    /// Where one went that is not there.
    pub(crate) gone: &'static str,
}

/// Flags of every command that tells of entries.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Telling {
    /// One object for each, with the fields of the stream
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connect: Connect,
}

/// How long one read waits for the next entry.
const BLOCK: Duration = Duration::from_secs(5);
/// How soon Redis is asked again while it is away.
const ASK_AGAIN: Duration = Duration::from_millis(500);

// === impl Telling ===

impl Telling {
    pub(crate) async fn open(&self) -> Result<Store, Failure> {
        self.connect.open().await
    }

    /// A line or an object for each.
    pub(crate) fn list<'e>(&self, kind: &Kind, entries: impl IntoIterator<Item = &'e Entry>) {
        let style = Style::of_stdout();
        for entry in entries {
            if self.json {
                say_json(&entry.to_json());
            } else {
                say((kind.line)(entry, style));
            }
        }
    }

    /// Everything about one, or that it is not there.
    pub(crate) fn show(&self, kind: &Kind, id: &str, found: Option<&Entry>) -> ExitCode {
        match found {
            None => {
                complain(kind.missing(id));
                return ExitCode::FAILURE;
            }
            Some(entry) if self.json => say_json(&entry.to_json()),
            Some(entry) => say(page(kind, entry, Style::of_stdout())),
        }
        ExitCode::SUCCESS
    }

    /// What `next` brings, until Ctrl-C; while Redis is away it is waited for.
    pub(crate) async fn follow(
        &self,
        kind: &Kind,
        mut next: impl AsyncFnMut(Duration) -> Result<Vec<Entry>, StoreError>,
    ) -> Result<(), Failure> {
        let stop = Stop::on_signals()?;
        let mut away = false;
        loop {
            let read = tokio::select! {
                () = stop.asked() => return Ok(()),
                read = next(BLOCK) => read,
            };
            tell_of_redis(&mut away, &read);
            match read {
                Ok(entries) => self.list(kind, &entries),
                Err(_) if !stop.sleep(ASK_AGAIN).await => return Ok(()),
                Err(_) => {}
            }
        }
    }
}

/// A value of `--limit`.
pub(crate) fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|count| *count > 0).ok_or_else(|| "expected a number from 1".to_owned())
}

/// Once when it goes, once when it is back.
fn tell_of_redis<T>(away: &mut bool, read: &Result<T, impl Display>) {
    match read {
        Err(error) if !*away => complain(format_args!("{error}; waiting until it is back…")),
        Ok(_) if *away => complain("Redis is back"),
        _ => {}
    }
    *away = read.is_err();
}

// === impl Kind ===

impl Kind {
    pub(crate) fn missing(&self, id: &str) -> String {
        format!("there is no {} {id}; it may have been {}", self.name, self.gone)
    }

    pub(crate) fn none(&self) -> String {
        format!("(no {}s)", self.name)
    }
}

/// One fact a line, then headers, then the body.
fn page(kind: &Kind, entry: &Entry, style: Style) -> String {
    let faint = |text: &str| style.paint(Tone::Faint, text);
    let facts = (kind.facts)(entry).into_iter();
    let mut lines: Vec<_> = facts
        .map(|(name, value)| format!("{} {}", faint(&format!("{name:<14}")), harmless(&value)))
        .collect();
    lines.push(faint("Headers"));
    let headers = Headers::from_json(entry.text("headers"));
    lines.extend(headers.iter().map(|(name, value)| format!("  {}: {}", harmless(name), harmless(value))));
    let body = entry.bytes("body").unwrap_or_default();
    lines.push(faint(&format!("Body ({} bytes)", body.len())));
    lines.push(body_text(body));
    lines.join("\n")
}

/// JSON is laid out; other text stands as it is; anything else is only named.
fn body_text(body: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(body) else {
        return "  (not text; --json has it as base 64)".to_owned();
    };
    let json: Option<Value> = serde_json::from_str(text).ok();
    harmless_lines(&json.map_or_else(|| text.to_owned(), |json| format!("{json:#}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_laid_out_only_if_it_is_json() {
        assert_eq!(body_text(b"{\"a\":1}"), "{\n  \"a\": 1\n}");
        assert_eq!(body_text(b"<a>\n <b/></a>"), "<a>\n <b/></a>");
        assert_eq!(body_text(b"a\x1b[1mb"), "a\\u{1b}[1mb");
        assert!(body_text(b"\xff").contains("base 64"));
    }

    #[test]
    fn redis_is_told_of_when_it_goes_and_when_it_is_back() {
        let mut away = false;
        let mut told = |read: Result<(), &str>| {
            tell_of_redis(&mut away, &read);
            away
        };
        assert!(!told(Ok(())));
        assert!(told(Err("Redis is away")));
        assert!(!told(Ok(())));
    }
}
