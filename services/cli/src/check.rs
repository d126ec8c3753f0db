//! `hookstream check`: is the configuration right?

use std::path::PathBuf;
use std::process::ExitCode;

use service::Failure;
use settings::{Mistakes, Settings};

use crate::Ended;
use crate::input::Config;
use crate::output::{complain, counted, say, say_json};

/// Find every mistake of the configuration at once
#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// The configuration file [default: `HOOKSTREAM_CONFIG`, or hookstream.toml]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// One object a mistake: file, line, column, message, suggestion
    #[arg(long)]
    json: bool,
    /// The same as FILE
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    config: Option<PathBuf>,
}

// === impl Check ===

impl Check {
    pub(crate) fn run(self) -> Ended {
        let config = Config { config: self.file.or(self.config) };
        match config.load() {
            Ok(settings) => {
                tell_good(&settings, self.json);
                Ok(ExitCode::SUCCESS)
            }
            Err(Failure::Settings(mistakes)) => Ok(tell_mistakes(&mistakes, self.json)),
            Err(failure) => Err(failure),
        }
    }
}

fn tell_good(settings: &Settings, json: bool) {
    for warning in warnings(settings) {
        complain(format_args!("warning: {warning}"));
    }
    if !json {
        let endpoints = counted(settings.endpoints.len(), "endpoint");
        let routes = counted(settings.rules.routes().len(), "route");
        let handlers = counted(settings.handlers.len(), "handler");
        say(format_args!("{endpoints}, {routes}, {handlers}: no mistakes"));
    }
}

fn tell_mistakes(mistakes: &Mistakes, json: bool) -> ExitCode {
    for mistake in mistakes {
        if json {
            say_json(mistake);
        } else {
            complain(mistake);
        }
    }
    if !json {
        complain(format_args!("{} to mend", counted(mistakes.len(), "mistake")));
    }
    ExitCode::from(2)
}

/// What is not wrong, but should be known.
fn warnings(settings: &Settings) -> Vec<String> {
    let mut found = Vec::new();
    for endpoint in &settings.endpoints {
        let id = &endpoint.id;
        if endpoint.verifier.is_none() {
            found.push(format!(
                "endpoint `{id}`: signatures are not verified, so anybody can send events to it"
            ));
        }
        let of_scheme = endpoint.scheme.warnings();
        found.extend(of_scheme.into_iter().map(|warning| format!("endpoint `{id}`: {warning}")));
    }
    found
}
