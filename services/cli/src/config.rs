//! `hookstream config`: about the configuration file.

use std::process::ExitCode;

use clap::Subcommand;

use crate::Ended;
use crate::output::say;

/// About the configuration file
#[derive(Debug, clap::Args)]
pub(crate) struct ConfigCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print the JSON Schema of the configuration file, for editors that check TOML
    Schema,
}

// === impl ConfigCommand ===

impl ConfigCommand {
    pub(crate) fn run(self) -> Ended {
        match self.what {
            What::Schema => say(format_args!("{:#}", settings::schema())),
        }
        Ok(ExitCode::SUCCESS)
    }
}
