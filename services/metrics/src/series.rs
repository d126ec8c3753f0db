//! The names under which counters are kept.

use std::fmt;

/// `name{label="value",…}`, taken apart; values stay escaped, as Prometheus writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Series<'t> {
    pub(crate) name: &'t str,
    pub(crate) labels: Vec<(&'t str, &'t str)>,
}

// === impl Series ===

impl<'t> Series<'t> {
    /// `None` if Prometheus would refuse it: one bad line, written into Redis by hand, would cost the whole page.
    pub(crate) fn parse(text: &'t str) -> Option<Self> {
        let Some((name, rest)) = text.split_once('{') else {
            return is_name(text, ":").then_some(Self { name: text, labels: Vec::new() });
        };
        let mut rest = rest.strip_suffix('}')?;
        let mut labels = Vec::new();
        while !rest.is_empty() {
            let (label, after) = rest.split_once("=\"")?;
            let end = end_of_value(after)?;
            if labels.iter().any(|(known, _)| *known == label) {
                return None;
            }
            labels.push((label, &after[..end]));
            rest = &after[end + 1..];
            if !rest.is_empty() {
                rest = rest.strip_prefix(',').filter(|rest| !rest.is_empty())?;
            }
        }
        let good = is_name(name, ":") && labels.iter().all(|(label, _)| is_name(label, ""));
        good.then_some(Self { name, labels })
    }

    /// Takes the label out, and gives its value.
    pub(crate) fn take(&mut self, label: &str) -> Option<&'t str> {
        let place = self.labels.iter().position(|(name, _)| *name == label)?;
        Some(self.labels.remove(place).1)
    }

    /// Labels in a fixed order: the same series however it was written.
    pub(crate) fn sorted(&self) -> Vec<(&'t str, &'t str)> {
        let mut labels = self.labels.clone();
        labels.sort_unstable();
        labels
    }
}

impl fmt::Display for Series<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        for (place, (label, value)) in self.labels.iter().enumerate() {
            write!(f, "{}{label}=\"{value}\"", if place == 0 { '{' } else { ',' })?;
        }
        f.write_str(if self.labels.is_empty() { "" } else { "}" })
    }
}

fn is_name(text: &str, besides: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || besides.contains(c);
    !text.is_empty() && text.chars().all(fits) && !text.starts_with(|c: char| c.is_ascii_digit())
}

/// Where the closing quote stands.
fn end_of_value(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (place, c) in text.char_indices() {
        match (escaped, c) {
            (true, '\\' | '"' | 'n') => escaped = false,
            (true, _) | (false, '\n') => return None,
            (false, '\\') => escaped = true,
            (false, '"') => return Some(place),
            (false, _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use service::meter::series;

    use super::*;

    #[test]
    fn what_prometheus_would_refuse_is_refused() {
        let bad = [
            "",
            "1a",
            "a b",
            "a{",
            "a{b}",
            "a{b=c}",
            "a{b=\"c}",
            "a{b=\"c\",}",
            "a{b=\"\\x\"}",
            "a{=\"c\"}",
            "a{b=\"c\",b=\"d\"}",
        ];
        for text in bad {
            assert_eq!(Series::parse(text), None, "{text}");
        }
        assert!(Series::parse("a{}").is_some());
    }

    proptest! {
        #[test]
        fn whatever_the_meter_writes_is_read_and_written_the_same(a in ".*", b in ".*") {
            let text = series("webhook_x_total", &[("a", &a), ("b", &b)]);
            let parsed = Series::parse(&text).expect("the meter escapes its values");
            prop_assert_eq!(parsed.labels.len(), 2);
            prop_assert_eq!(parsed.to_string(), text);
        }

        #[test]
        fn nothing_makes_it_fail(text in "\\PC*|[a{},=\"\\\\\n]*") {
            let _ = Series::parse(&text);
        }
    }
}
