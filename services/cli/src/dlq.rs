//! `hookstream dlq`: what could not be delivered.

mod choice;
mod discard;
mod letter;
mod list;
mod replay;
mod show;
mod sweep;
mod tail;

use clap::Subcommand;

use crate::Ended;

/// Look at what could not be delivered; start it again, or throw it away
#[derive(Debug, clap::Args)]
pub(crate) struct Dlq {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The last dead letters; with -f, new ones as they come
    Tail(tail::Tail),
    /// Dead letters, oldest first
    List(list::List),
    /// Everything about one dead letter
    Show(show::Show),
    /// Deliver dead letters anew, from their first attempt
    Replay(replay::Replay),
    /// Throw dead letters away
    Discard(discard::Discard),
}

// === impl Dlq ===

impl Dlq {
    pub(crate) fn run(self) -> Ended {
        service::runtime()?.block_on(async {
            match self.what {
                What::Tail(tail) => tail.run().await,
                What::List(list) => list.run().await,
                What::Show(show) => show.run().await,
                What::Replay(replay) => replay.run().await,
                What::Discard(discard) => discard.run().await,
            }
        })
    }
}
