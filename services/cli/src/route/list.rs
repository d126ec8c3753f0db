//! `hookstream route list`.

use std::process::ExitCode;

use routing::{Pattern, Route};
use service::Failure;

use crate::Ended;
use crate::input::Config;
use crate::output::{say, say_json, table};

/// The routes of the configuration
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// One object a route
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: Config,
}

const HEADINGS: [&str; 7] = ["ROUTE", "EVENT TYPES", "SOURCES", "FILTERS", "PRIORITY", "HANDLER", "ENABLED"];

// === impl List ===

impl List {
    pub(crate) fn run(self) -> Ended {
        let settings = self.config.load_without_secrets().map_err(Failure::Settings)?;
        let routes = settings.rules.routes();
        if self.json {
            routes.iter().for_each(|route| say_json(&route.to_json()));
        } else {
            say(table(&HEADINGS, &routes.iter().map(row).collect::<Vec<_>>()));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn row(route: &Route) -> Vec<String> {
    let any = |patterns: &[Pattern]| match patterns {
        [] => "any".to_owned(),
        some => names(some).join(", "),
    };
    vec![
        route.name.clone(),
        any(&route.event_types),
        any(&route.source_filters),
        route.filters.len().to_string(),
        route.plan.priority.to_string(),
        route.plan.handler.clone(),
        if route.enabled { "yes" } else { "no" }.to_owned(),
    ]
}

fn names(patterns: &[Pattern]) -> Vec<&str> {
    patterns.iter().map(Pattern::as_str).collect()
}
