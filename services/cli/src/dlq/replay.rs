//! `hookstream dlq replay`.

use std::time::Duration;

use stream::{Replayed, Store, StoreError};

use crate::Ended;
use crate::connect::Connect;
use crate::dlq::choice::{Choice, Chosen};
use crate::dlq::sweep::{Sweep, Verb};

/// Deliver dead letters anew, from their first attempt
#[derive(Debug, clap::Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    choice: Choice,
    /// Only say which would be
    #[arg(long)]
    dry_run: bool,
    /// At most so many in a second
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: Option<u32>,
    /// One object a dead letter: id, `event_id`, route, outcome
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connect: Connect,
}

const VERB: Verb = Verb { done: "replayed", would: "would_replay", plan: "would be replayed" };

// === impl Replay ===

impl Replay {
    pub(crate) async fn run(self) -> Ended {
        let store = self.connect.open().await?;
        let chosen = self.choice.choose(&store).await?;
        let pause = self.rate.map(|rate| Duration::from_secs(1) / rate);
        let sweep = Sweep { verb: VERB, json: self.json, dry_run: self.dry_run, pause };
        sweep.run(&chosen, async |chosen| replay(&store, chosen).await).await
    }
}

async fn replay(store: &Store, chosen: &Chosen) -> Result<bool, StoreError> {
    Ok(store.replay(&chosen.id).await? == Replayed::Again)
}
