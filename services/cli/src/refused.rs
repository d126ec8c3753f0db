//! `hookstream refused`: the quarantine.

mod list;
mod replay;
mod request;
mod show;
mod tail;

use clap::Subcommand;

use crate::Ended;

/// Look at requests that were refused and may have been sent in good faith; judge them again
#[derive(Debug, clap::Args)]
pub(crate) struct RefusedCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Refused requests, oldest first
    List(list::List),
    /// Everything about one refused request
    Show(show::Show),
    /// The last refused requests; with -f, new ones as they come
    Tail(tail::Tail),
    /// Judge refused requests again, as of their arrival, with the configuration as it is now
    Replay(replay::Replay),
}

// === impl RefusedCommand ===

impl RefusedCommand {
    pub(crate) fn run(self) -> Ended {
        service::runtime()?.block_on(async {
            match self.what {
                What::List(list) => list.run().await,
                What::Show(show) => show.run().await,
                What::Tail(tail) => tail.run().await,
                What::Replay(replay) => replay.run().await,
            }
        })
    }
}
