//! One step of an event's life, as a line.

use stream::Step;

use crate::output::{harmless, shortened};
use crate::style::{Style, Tone};

const LONGEST_FACT: usize = 200;

/// When, what, and every fact that is known.
pub(crate) fn line(step: &Step, style: Style) -> String {
    let at = step.at.map_or_else(|| "now".to_owned(), |at| at.to_string());
    let tone = if step.name == "dead" { Tone::Bad } else { Tone::Strong };
    let facts = step.facts.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("  {name} {}", shortened(&harmless(&text), LONGEST_FACT))
    });
    format!(
        "{at:<24}  {}{}",
        style.paint(tone, &format!("{:<9}", harmless(&step.name))),
        facts.collect::<String>()
    )
}
