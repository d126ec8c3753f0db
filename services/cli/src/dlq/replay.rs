//! `hookstream dlq replay`.

use std::time::Duration;

use service::{Meter, catalog};
use stream::{Chosen, Replayed, Store, StoreError};

use crate::Ended;
use crate::connect::Connect;
use crate::dlq::choice::Choice;
use crate::dlq::sweep::{Sweep, Verb};

/// Deliver dead letters anew, from their first attempt
#[derive(Debug, clap::Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    choice: Choice,
    /// Through the router again, by the routes as they are now: all that match, whether or not they have had the event
    #[arg(long)]
    anew: bool,
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
        let meter = Meter::default();
        let ended = sweep.run(&chosen, async |letter| self.replay(&store, &meter, letter).await).await;
        meter.ship(&store).await;
        ended
    }

    async fn replay(&self, store: &Store, meter: &Meter, letter: &Chosen) -> Result<bool, StoreError> {
        let replayed =
            if self.anew { store.replay_anew(&letter.id).await? } else { store.replay(&letter.id).await? };
        let there = replayed == Replayed::Again;
        if there {
            meter.count(catalog::REPLAYS, &[("route", &letter.route)]);
        }
        Ok(there)
    }
}
