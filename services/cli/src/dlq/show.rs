//! `hookstream dlq show`.

use std::process::ExitCode;

use crate::Ended;
use crate::connect::Connect;
use crate::dlq::choice::parse_id;
use crate::dlq::letter;
use crate::output::{complain, say, say_json};
use crate::style::Style;

/// Everything about one dead letter
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// The dead letter's id, such as 1700000000000-0
    #[arg(value_name = "ID", value_parser = parse_id)]
    id: String,
    /// One object, with the fields of the stream
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connect: Connect,
}

// === impl Show ===

impl Show {
    pub(crate) async fn run(self) -> Ended {
        let store = self.connect.open().await?;
        let Some(found) = store.dead_letter(&self.id).await? else {
            complain(missing(&self.id));
            return Ok(ExitCode::FAILURE);
        };
        if self.json {
            say_json(&found.to_json());
        } else {
            say(letter::page(&found, Style::of_stdout()));
        }
        Ok(ExitCode::SUCCESS)
    }
}

pub(crate) fn missing(id: &str) -> String {
    format!("there is no dead letter {id}; it may have been replayed or discarded")
}
