//! `hookstream route test`: which routes want an event, and why.

use std::path::PathBuf;
use std::process::ExitCode;

use formats::{Format, Limits};
use routing::{Explanation, Facts, FilterResult, Pattern, Rules};
use serde_json::Value;
use service::Failure;
use settings::Settings;

use crate::Ended;
use crate::input::{self, Config};
use crate::output::{complain, counted, harmless, say, say_json, shortened};
use crate::style::{Style, Tone};

/// Say of each route whether it wants an event, filter by filter; nothing is sent
#[derive(Debug, clap::Args)]
pub(crate) struct Test {
    /// The event's body; `-` for standard input
    #[arg(value_name = "EVENT")]
    event: PathBuf,
    /// Whose event it is: an endpoint's source, which is its provider unless the configuration says otherwise
    #[arg(long, value_name = "SOURCE")]
    source: String,
    /// The event's type [default: where the source has it in the body, or the body's `type`]
    #[arg(long, value_name = "TYPE")]
    event_type: Option<String>,
    /// What the body is written in: json, xml or form [default: the source's, or json]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// One object a route: route, matched, priority, handler, filters
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: Config,
}

/// Characters of a value that are shown.
const LONGEST_VALUE: usize = 120;

// === impl Test ===

impl Test {
    pub(crate) fn run(self) -> Ended {
        let settings = self.config.load_without_secrets().map_err(Failure::Settings)?;
        let endpoint = settings.endpoints.iter().find(|endpoint| endpoint.source == self.source);
        if endpoint.is_none() {
            warn_of_source(&settings, &self.source);
        }
        let format = self.format.or(endpoint.map(|endpoint| endpoint.event_format)).unwrap_or_default();
        let body = formats::read(format, &input::read(&self.event)?, &Limits::default())
            .map_err(|error| Failure::Usage(format!("{}: {error}", self.event.display())))?;
        let event_type = self.event_type.clone().or_else(|| settings.type_in(&self.source, &body));
        let event_type = event_type.unwrap_or_else(|| "unknown".to_owned());
        let facts = Facts { source: &self.source, event_type: &event_type, body: &body };
        let routes = settings.rules.explain(&facts);
        if self.json {
            routes.iter().for_each(say_json);
        } else {
            tell(&settings.rules, &routes, &facts);
        }
        let any = routes.iter().any(|route| route.matched);
        Ok(if any { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn warn_of_source(settings: &Settings, source: &str) {
    let mut sources: Vec<&str> = settings.endpoints.iter().map(|endpoint| endpoint.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    complain(format_args!(
        "warning: no endpoint has the source `{source}`; there are {}",
        sources.join(", ")
    ));
}

fn tell(rules: &Rules, routes: &[Explanation], facts: &Facts<'_>) {
    let style = Style::of_stdout();
    let (event_type, source) = (harmless(facts.event_type), harmless(facts.source));
    say(format_args!("Event type {event_type}, source {source}"));
    for (route, rule) in routes.iter().zip(rules.routes()) {
        let wanted = |what: &str, found: &str, patterns: &[Pattern]| {
            let patterns: Vec<_> = patterns.iter().map(Pattern::as_str).collect();
            let wanted = if patterns.is_empty() { "any".to_owned() } else { patterns.join(", ") };
            format!("{what} {wanted}: found {found}")
        };
        let conditions = [
            (route.type_matched, wanted("event type", &event_type, &rule.event_types)),
            (route.source_matched, wanted("source", &source, &rule.source_filters)),
        ];
        say(lines(route, &conditions, style).join("\n"));
    }
    let matched = routes.iter().filter(|route| route.matched).count();
    say(format_args!("{matched} of {} matched", counted(routes.len(), "route")));
}

/// What one route says: its verdict, then each of its conditions.
fn lines(route: &Explanation, conditions: &[(bool, String)], style: Style) -> Vec<String> {
    let verdict = style.verdict(route.matched, ("matched    ", "not matched"));
    let name = style.paint(Tone::Strong, &route.route);
    let line = |passed: bool, text: &str| format!("    {} {text}", style.verdict(passed, ("pass", "fail")));
    let mut lines = vec![format!("{verdict} {name} → {} ({})", route.handler, route.priority)];
    if !route.enabled {
        lines.push(line(false, "enabled true: found false"));
    }
    lines.extend(conditions.iter().map(|(passed, text)| line(*passed, text)));
    lines.extend(route.filters.iter().map(|filter| line(filter.passed, &condition(filter))));
    lines
}

/// `data.object.amount greater_than 1000: found 2000 (High value)`.
fn condition(filter: &FilterResult) -> String {
    let shown = |value: &Value| shortened(&harmless(&value.to_string()), LONGEST_VALUE);
    let wanted = filter.wanted.as_ref().map(|value| format!(" {}", shown(value))).unwrap_or_default();
    let found = match (&filter.found, filter.present) {
        (Some(value), _) => format!("found {}", shown(value)),
        (None, true) => "found null".to_owned(),
        (None, false) => "not found".to_owned(),
    };
    let described = filter.description.as_ref().map(|text| format!(" ({text})")).unwrap_or_default();
    format!("{} {}{wanted}: {found}{described}", filter.field, filter.operator)
}
