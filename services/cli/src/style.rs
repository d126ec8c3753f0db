//! Colours and marks, where the reader is a person at a terminal that can show them.

use std::io::IsTerminal;

use service::Environment;

/// What standard output can show.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Style {
    colours: bool,
    marks: bool,
    /// It can be written over.
    screen: bool,
}

/// What a piece of text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Bad,
    Strong,
    Faint,
}

// === impl Style ===

impl Style {
    /// By what standard output is, by `NO_COLOR`, and by the locale.
    pub(crate) fn of_stdout() -> Self {
        let environment = Environment::default();
        Self::judge(std::io::stdout().is_terminal(), &|name| environment.get(name))
    }

    fn judge(terminal: bool, env: &dyn Fn(&str) -> Option<String>) -> Self {
        let able = terminal && env("TERM").is_some_and(|term| term != "dumb");
        let locale = env("LC_ALL").or_else(|| env("LC_CTYPE")).or_else(|| env("LANG")).unwrap_or_default();
        let utf8 = ["utf-8", "utf8"].iter().any(|name| locale.to_ascii_lowercase().contains(name));
        Self { colours: able && env("NO_COLOR").is_none(), marks: able && utf8, screen: able }
    }

    /// Rows and columns of the terminal that standard output is, if it is one that says so.
    pub(crate) fn size() -> Option<(usize, usize)> {
        let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
        let size = (usize::from(size.ws_row), usize::from(size.ws_col));
        (size.0 > 0 && size.1 > 0).then_some(size)
    }

    /// What empties the screen, where that can be done.
    pub(crate) fn clear(self) -> &'static str {
        if self.screen { "\x1b[H\x1b[2J" } else { "" }
    }

    pub(crate) fn paint(self, tone: Tone, text: &str) -> String {
        if !self.colours {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Strong => "1",
            Tone::Faint => "2",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// A tick or a cross; `words` (yes, no) where neither can be shown.
    pub(crate) fn verdict(self, good: bool, words: (&str, &str)) -> String {
        let (mark, word, tone) =
            if good { ("✓", words.0, Tone::Good) } else { ("✗", words.1, Tone::Bad) };
        self.paint(tone, if self.marks { mark } else { word })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(terminal: bool, variables: &[(&str, &str)]) -> Style {
        Style::judge(terminal, &|name| {
            variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_terminal_with_a_utf_8_locale_gets_colours_and_marks() {
        let able = style(true, &[("TERM", "xterm"), ("LANG", "en_GB.UTF-8")]);
        assert_eq!(able.verdict(true, ("yes", "no")), "\x1b[32m✓\x1b[0m");
        let no_color = style(true, &[("TERM", "xterm"), ("LANG", "C.utf8"), ("NO_COLOR", "1")]);
        assert_eq!(no_color.verdict(false, ("yes", "no")), "✗");
    }

    #[test]
    fn a_pipe_a_dumb_terminal_and_another_locale_get_plain_words() {
        for able in [
            style(false, &[("TERM", "xterm"), ("LANG", "en_GB.UTF-8")]),
            style(true, &[("TERM", "dumb"), ("LANG", "en_GB.UTF-8")]),
            style(true, &[("LANG", "en_GB.UTF-8")]),
            style(true, &[("TERM", "xterm"), ("LANG", "C"), ("NO_COLOR", "1")]),
        ] {
            assert_eq!(able.verdict(false, ("yes", "no")), "no");
            assert_eq!(able.paint(Tone::Strong, "text"), "text");
        }
    }
}
