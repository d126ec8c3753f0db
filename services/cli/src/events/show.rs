//! `hookstream events show`.

use std::process::ExitCode;

use archiver::{ArchivedEvent, Query};
use event::EventId;
use service::Failure;
use stream::{Step, Store, StoreError};

use crate::Ended;
use crate::connect::Connect;
use crate::events::{archive, step};
use crate::output::{complain, say, say_json};
use crate::style::Style;

/// What became of one event, and where it is now
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// The event's id, as the answer to its sender had it: evt_…
    #[arg(value_name = "EVENT_ID")]
    id: String,
    /// One object a step: `event_id`, step, at, and what is known of it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connect: Connect,
}

// === impl Show ===

impl Show {
    pub(crate) async fn run(self) -> Ended {
        let store = self.connect.open().await?;
        let archived = self.archived().await;
        let found = archived.as_ref().ok().and_then(Option::as_ref);
        let id = EventId::from_text(self.id.as_str());
        let steps = steps(&store, &id, found).await?;
        let style = Style::of_stdout();
        for step in &steps {
            if self.json {
                say_json(&step.to_json(&id));
            } else {
                say(step::line(step, style));
            }
        }
        // What Redis knows is told even while PostgreSQL is away.
        archived?;
        if steps.is_empty() {
            complain(nowhere(&self.id));
            return Ok(ExitCode::FAILURE);
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn archived(&self) -> Result<Option<ArchivedEvent>, Failure> {
        let Some(address) = archive::address() else { return Ok(None) };
        let query = Query { id: Some(self.id.clone()), limit: 1, ..Query::default() };
        Ok(archive::find(&address, &query).await?.into_iter().next())
    }
}

/// What Redis knows; the archive knows more of how it came, and of events that Redis has forgotten.
async fn steps(
    store: &Store,
    id: &EventId,
    archived: Option<&ArchivedEvent>,
) -> Result<Vec<Step>, StoreError> {
    let mut steps = store.story(id).await?;
    if let Some(event) = archived {
        if steps.is_empty() {
            steps.push(Step::gone());
        }
        steps.retain(|step| step.name != "received");
        steps.insert(0, stored(event));
    }
    Ok(steps)
}

fn stored(event: &ArchivedEvent) -> Step {
    Step::new("received", Some(event.received_at))
        .with("endpoint", event.endpoint.as_str())
        .with("source", event.source.as_str())
        .with("event_type", event.event_type.as_str())
        .with("bytes", event.body.len())
        .with("archived", true)
}

fn nowhere(id: &str) -> String {
    let why = "it was delivered or discarded, no route wanted it, or it never came";
    match archive::address() {
        Some(_) => format!("{id} is in no stream and not in the archive: {why}"),
        None => format!("{id} is in no stream: {why}. With DATABASE_URL set, the archive is asked too."),
    }
}
