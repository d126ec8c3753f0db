//! `hookstream refused show`.

use crate::Ended;
use crate::refused::request::{REQUEST, parse_id};
use crate::telling::Telling;

/// Everything about one refused request
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// The refused request's id, such as 1700000000000-0
    #[arg(value_name = "ID", value_parser = parse_id)]
    id: String,
    #[command(flatten)]
    telling: Telling,
}

// === impl Show ===

impl Show {
    pub(crate) async fn run(self) -> Ended {
        let found = self.telling.open().await?.refused_entry(&self.id).await?;
        Ok(self.telling.show(&REQUEST, &self.id, found.as_ref()))
    }
}
