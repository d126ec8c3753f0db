//! Ours and theirs, in turns.

use std::fmt;

use crate::Fallible;

/// A stage's figures, and those of what it is measured against.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) stage: &'static str,
    /// What one figure is of: `µs of Redis' CPU an event`, `requests a second`.
    pub(crate) unit: &'static str,
    /// What we want of the ratio: `≤ 2`.
    pub(crate) goal: &'static str,
    ours: Vec<f64>,
    bare: Vec<f64>,
}

// === impl Comparison ===

impl Comparison {
    pub(crate) const HEAD: &str =
        "| stage | unit | ours: median (least–most) | bare | ratio | goal |\n|---|---|---|---|---|---|";

    /// Measures both in turns, each as often as there are rounds.
    pub(crate) async fn in_turns(
        (stage, unit, goal): (&'static str, &'static str, &'static str),
        rounds: usize,
        ours: impl AsyncFn() -> Fallible<f64>,
        bare: impl AsyncFn() -> Fallible<f64>,
    ) -> Fallible<Self> {
        let mut comparison = Self { stage, unit, goal, ours: Vec::new(), bare: Vec::new() };
        for _ in 0..rounds {
            comparison.ours.push(ours().await?);
            comparison.bare.push(bare().await?);
        }
        comparison.ours.sort_by(f64::total_cmp);
        comparison.bare.sort_by(f64::total_cmp);
        Ok(comparison)
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stage, unit, goal, ours, bare } = self;
        let ratio = median(ours) / median(bare);
        write!(f, "| {stage} | {unit} | {} | {} | {ratio:.2} | {goal} |", spread(ours), spread(bare))
    }
}

fn spread(sorted: &[f64]) -> String {
    let ends = sorted.first().zip(sorted.last());
    let (least, most) = ends.map_or((0.0, 0.0), |(least, most)| (*least, *most));
    let digits = usize::from(most < 1000.0);
    format!("{:.digits$} ({least:.digits$}–{most:.digits$})", median(sorted))
}

fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
