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
