//! `hookstream dlq discard`.

use service::Failure;

use crate::Ended;
use crate::connect::Connect;
use crate::dlq::choice::Choice;
use crate::dlq::sweep::{Sweep, Verb};

/// Throw dead letters away
#[derive(Debug, clap::Args)]
pub(crate) struct Discard {
    #[command(flatten)]
    choice: Choice,
    /// Only say which would be
    #[arg(long)]
    dry_run: bool,
    /// Yes, all that the filters take: they can't be had back
    #[arg(long)]
    yes: bool,
    /// One object a dead letter: id, `event_id`, route, outcome
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connect: Connect,
}

const VERB: Verb = Verb { done: "discarded", would: "would_discard", plan: "would be discarded" };

// === impl Discard ===

impl Discard {
    pub(crate) async fn run(self) -> Ended {
        let store = self.connect.open().await?;
        let chosen = self.choice.choose(&store).await?;
        if self.choice.by_filter() && !self.yes && !self.dry_run {
            let count = chosen.len();
            return Err(Failure::Usage(format!(
                "the filters take {count} now, and what is discarded can't be had back: look with --dry-run, then \
                 say --yes"
            )));
        }
        let sweep = Sweep { verb: VERB, json: self.json, dry_run: self.dry_run, pause: None };
        sweep.run(&chosen, async |chosen| store.discard(&chosen.id).await).await
    }
}
