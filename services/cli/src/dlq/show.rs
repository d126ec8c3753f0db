//! `hookstream dlq show`.

use crate::Ended;
use crate::dlq::choice::parse_id;
use crate::dlq::letter::LETTER;
use crate::telling::Telling;

/// Everything about one dead letter
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// The dead letter's id, such as 1700000000000-0
    #[arg(value_name = "ID", value_parser = parse_id)]
    id: String,
    #[command(flatten)]
    telling: Telling,
}

// === impl Show ===

impl Show {
    pub(crate) async fn run(self) -> Ended {
        let found = self.telling.open().await?.dead_letter(&self.id).await?;
        Ok(self.telling.show(&LETTER, &self.id, found.as_ref()))
    }
}
