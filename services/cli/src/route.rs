//! `hookstream route`: which routes there are, and which of them want an event.

mod list;
mod test;

use clap::Subcommand;

use crate::Ended;

/// Look at the routes, and try an event on them
#[derive(Debug, clap::Args)]
pub(crate) struct Route {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Say of each route whether it wants an event, filter by filter; nothing is sent
    Test(test::Test),
    /// The routes of the configuration
    List(list::List),
}

// === impl Route ===

impl Route {
    pub(crate) fn run(self) -> Ended {
        match self.what {
            What::Test(test) => test.run(),
            What::List(list) => list.run(),
        }
    }
}
