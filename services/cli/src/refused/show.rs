//! `hookstream refused show`.

use std::process::ExitCode;

use crate::Ended;
use crate::connect::Connect;
use crate::output::{complain, say, say_json};
use crate::refused::request::{self, parse_id};
use crate::style::Style;

/// Everything about one refused request
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// The refused request's id, such as 1700000000000-0
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
        let Some(entry) = store.refused_entry(&self.id).await? else {
            complain(missing(&self.id));
            return Ok(ExitCode::FAILURE);
        };
        if self.json {
            say_json(&entry.to_json());
        } else {
            say(request::page(&entry, Style::of_stdout()));
        }
        Ok(ExitCode::SUCCESS)
    }
}

pub(crate) fn missing(id: &str) -> String {
    format!("there is no refused request {id}; it may have been replayed, or be too old")
}
