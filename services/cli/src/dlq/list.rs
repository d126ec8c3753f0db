//! `hookstream dlq list`.

use std::process::ExitCode;

use crate::Ended;
use crate::connect::Connect;
use crate::dlq::{choice::Filters, letter};
use crate::output::{complain, say, say_json};
use crate::style::Style;

/// Dead letters, oldest first
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    #[command(flatten)]
    filters: Filters,
    /// The newest so many
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = at_least_one)]
    limit: usize,
    /// One object a dead letter, with the fields of the stream
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connect: Connect,
}

// === impl List ===

impl List {
    pub(crate) async fn run(self) -> Ended {
        let store = self.connect.open().await?;
        let newest = self.filters.newest(&store, self.limit).await?;
        let style = Style::of_stdout();
        for found in &newest.letters {
            if self.json {
                say_json(&found.to_json());
            } else {
                say(letter::line(found, style));
            }
        }
        if newest.more {
            complain(format_args!("(the newest {}; there are more, see --limit)", self.limit));
        } else if newest.letters.is_empty() {
            complain("(no dead letters)");
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|count| *count > 0).ok_or_else(|| "expected a number from 1".to_owned())
}
