//! `hookstream events list`.

use std::process::ExitCode;

use archiver::{ArchivedEvent, Query};
use event::{Millis, Moment};
use service::Failure;

use crate::Ended;
use crate::events::archive;
use crate::output::{complain, complain_of_more, harmless, say, say_json, table};

/// Events in the archive (PostgreSQL, by `DATABASE_URL`), oldest first
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Of this endpoint
    #[arg(long, value_name = "ID")]
    endpoint: Option<String>,
    /// Of this source
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,
    /// Of exactly this type
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// Received at or after this: 15m, 2h, 1d ago, or a time such as 2026-01-31T09:30:00Z
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    since: Option<Moment>,
    /// Received before this
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    until: Option<Moment>,
    /// The newest so many
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// One object an event: its facts, headers, and body as data, body or `body_base64`
    #[arg(long)]
    json: bool,
}

const HEADINGS: [&str; 6] = ["RECEIVED", "EVENT", "ENDPOINT", "SOURCE", "TYPE", "BYTES"];

// === impl List ===

impl List {
    pub(crate) async fn run(self) -> Ended {
        let address = archive::address().ok_or_else(|| {
            let told = "DATABASE_URL is not set: it says where PostgreSQL is, in which hookstream-archiver stores events";
            Failure::Usage(told.to_owned())
        })?;
        let (json, limit) = (self.json, self.limit);
        let mut events = archive::find(&address, &self.query(Millis::now())).await?;
        let more = events.len() > limit as usize;
        events.truncate(limit as usize);
        events.reverse();
        if events.is_empty() {
            complain("(no such event in the archive)");
            return Ok(ExitCode::FAILURE);
        }
        if json {
            events.iter().for_each(say_json);
        } else {
            say(table(&HEADINGS, &events.iter().map(row).collect::<Vec<_>>()));
        }
        if more {
            complain_of_more(limit);
        }
        Ok(ExitCode::SUCCESS)
    }

    /// For one more than is shown, which tells that there are more.
    fn query(self, now: Millis) -> Query {
        Query {
            id: None,
            endpoint: self.endpoint,
            source: self.source,
            event_type: self.event_type,
            since: self.since.map(|since| since.at(now)),
            until: self.until.map(|until| until.at(now)),
            limit: self.limit.saturating_add(1),
        }
    }
}

fn row(event: &ArchivedEvent) -> Vec<String> {
    vec![
        event.received_at.to_string(),
        harmless(&event.id),
        harmless(&event.endpoint),
        harmless(&event.source),
        harmless(&event.event_type),
        event.body.len().to_string(),
    ]
}
