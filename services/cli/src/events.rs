//! `hookstream events`: what became of an event.

mod archive;
mod list;
mod show;
mod step;

use clap::Subcommand;

use crate::Ended;

/// Find events, and say where they are
#[derive(Debug, clap::Args)]
pub(crate) struct Events {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What became of one event, and where it is now
    Show(show::Show),
    /// Events in the archive (PostgreSQL, by `DATABASE_URL`), oldest first
    List(list::List),
}

// === impl Events ===

impl Events {
    pub(crate) fn run(self) -> Ended {
        service::runtime()?.block_on(async {
            match self.what {
                What::Show(show) => show.run().await,
                What::List(list) => list.run().await,
            }
        })
    }
}
