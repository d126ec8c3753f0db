//! `hookstream dlq list`.

use std::process::ExitCode;

use event::Millis;

use crate::Ended;
use crate::dlq::choice::Filters;
use crate::dlq::letter::LETTER;
use crate::output::{complain, complain_of_more};
use crate::telling::{Telling, at_least_one};

/// Dead letters, oldest first
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    #[command(flatten)]
    filters: Filters,
    /// The newest so many
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = at_least_one)]
    limit: usize,
    #[command(flatten)]
    telling: Telling,
}

// === impl List ===

impl List {
    pub(crate) async fn run(self) -> Ended {
        let store = self.telling.open().await?;
        let newest = store.newest_of(&self.filters.at(Millis::now()), self.limit).await?;
        self.telling.list(&LETTER, &newest.letters);
        if newest.more {
            complain_of_more(self.limit);
        } else if newest.letters.is_empty() {
            complain(LETTER.none());
        }
        Ok(ExitCode::SUCCESS)
    }
}
