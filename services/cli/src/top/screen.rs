//! The page that a person sees.

use std::time::Duration;

use stream::{Consumer, DeadLetter};

use super::reading::{Rates, Reading};
use crate::output::{harmless, shortened, table};
use crate::style::{Style, Tone};
use crate::time::shown;

/// Consumers on a page.
const MOST: usize = 20;
/// Characters of an error.
const LONGEST_ERROR: usize = 60;

pub(crate) fn page(now: &Reading, rates: &Rates, style: Style) -> String {
    let strong = |text: &str| style.paint(Tone::Strong, text);
    let parts = [
        format!("{}  {}", strong("Hookstream"), style.paint(Tone::Faint, &now.at.to_string())),
        String::new(),
        flow(now, rates),
        String::new(),
        queues(now),
        String::new(),
        workers(&now.consumers),
        String::new(),
        strong(&format!(
            "Newest of {} dead letters",
            now.report.queues.get("dead").map_or(0, |queue| queue.depth)
        )),
        dead(&now.dead, style),
    ];
    parts.join("\n")
}

/// As much of a page as a terminal of this size shows without scrolling or breaking lines. The cursor needs a row too.
pub(crate) fn fitted(page: &str, (rows, columns): (usize, usize)) -> String {
    let rows = rows.saturating_sub(1).max(1);
    page.lines().take(rows).map(|line| cut(line, columns)).collect::<Vec<_>>().join("\n")
}

/// The beginning of a line, and every mark of [`Style::paint`], which take no room: none is left open.
fn cut(line: &str, columns: usize) -> String {
    let (mut left, mut in_mark) = (columns, false);
    let is_shown = |c: &char| {
        let begins = *c == '\u{1b}';
        let (is_mark, ends) = (in_mark || begins, in_mark && c.is_ascii_alphabetic());
        in_mark = is_mark && !ends;
        let fits = left > 0;
        left -= usize::from(!is_mark && fits);
        is_mark || fits
    };
    line.chars().filter(is_shown).collect()
}

fn flow(now: &Reading, rates: &Rates) -> String {
    let row = |name: &str, rate: f64, all: u64| vec![name.to_owned(), format!("{rate:.1}"), all.to_string()];
    let (requests, processing) = (&now.report.requests, &now.report.processing);
    let rows = [
        row("accepted", rates.accepted, requests.success),
        row("refused", rates.refused, requests.failed),
        row("delivered", rates.delivered, processing.delivered),
        row("retried", rates.retried, processing.retried),
        row("given up", rates.dead, processing.dead),
    ];
    table(&["EVENTS", "A SECOND", "IN ALL"], &rows)
}

fn queues(now: &Reading) -> String {
    let rows = now.report.queues.iter().map(|(name, queue)| {
        let oldest =
            if queue.depth == 0 { "-".to_owned() } else { shown(Duration::from_secs_f64(queue.lag_seconds)) };
        vec![name.clone(), queue.depth.to_string(), queue.pending.to_string(), oldest]
    });
    table(&["STREAM", "ENTRIES", "IN WORK", "OLDEST"], &rows.collect::<Vec<_>>())
}

fn workers(consumers: &[Consumer]) -> String {
    if consumers.is_empty() {
        return "No router, worker or archiver has been here".to_owned();
    }
    let mut busiest: Vec<&Consumer> = consumers.iter().collect();
    busiest.sort_by_key(|consumer| (consumer.idle.as_secs() > 60, std::cmp::Reverse(consumer.pending)));
    let rows = busiest
        .iter()
        .take(MOST)
        .map(|consumer| vec![harmless(&consumer.name), consumer.pending.to_string(), shown(consumer.idle)]);
    let rows: Vec<_> = rows.collect();
    let more = consumers.len().saturating_sub(MOST);
    let table = table(&["WORKER", "IN WORK", "IDLE FOR"], &rows);
    if more == 0 { table } else { format!("{table}\nand {more} more") }
}

fn dead(letters: &[DeadLetter], style: Style) -> String {
    if letters.is_empty() {
        return "-".to_owned();
    }
    let line = |letter: &DeadLetter| {
        let error = shortened(&harmless(letter.text("error")), LONGEST_ERROR);
        format!(
            "{}  {}  {}",
            harmless(&letter.id),
            harmless(letter.text("route")),
            style.paint(Tone::Bad, &error)
        )
    };
    letters.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_fits_the_terminal_it_is_shown_on() {
        let page = "\u{1b}[1mHookstream\u{1b}[0m  now\n\nSTREAM  ENTRIES\ndead";
        assert_eq!(fitted(page, (10, 80)), page);
        assert_eq!(fitted(page, (4, 80)), "\u{1b}[1mHookstream\u{1b}[0m  now\n\nSTREAM  ENTRIES");
        assert_eq!(fitted(page, (10, 6)), "\u{1b}[1mHookst\u{1b}[0m\n\nSTREAM\ndead");
        assert_eq!(fitted(page, (0, 0)), "\u{1b}[1m\u{1b}[0m");
    }
}
