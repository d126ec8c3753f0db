//! `hookstream refused replay`.

use std::process::ExitCode;

use ingress::{Again, Certificates};
use stream::EntryId;

use crate::Ended;
use crate::connect::Connect;
use crate::output::{complain, harmless, say, say_json};
use crate::refused::request::{REQUEST, parse_id};

/// Judge refused requests again, as of their arrival, with the configuration as it is now
#[derive(Debug, clap::Args)]
pub(crate) struct Replay {
    /// Ids of refused requests, such as 1700000000000-0
    #[arg(value_name = "ID", value_parser = parse_id, required = true)]
    ids: Vec<String>,
    /// Only say what would become of them
    #[arg(long)]
    dry_run: bool,
    /// One object a request: id, outcome, `event_id`, code, reason
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connect: Connect,
}

// === impl Replay ===

impl Replay {
    /// Exit code 1 unless all are accepted.
    pub(crate) async fn run(self) -> Ended {
        // With secrets: the signatures are checked here.
        let settings = self.connect.config.load()?;
        let store = self.connect.open().await?;
        let certificates = Certificates::default();
        let mut all = true;
        for id in EntryId::each_once(&self.ids) {
            let again = ingress::replay((&store, &certificates), &settings, id, self.dry_run).await?;
            all &= again.is_accepted();
            if self.json {
                say_json(&again.to_json(id));
            } else {
                tell(id, &again);
            }
        }
        Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn tell(id: &str, again: &Again) {
    match again {
        Again::Accepted { event_id, repeated: false } => say(format_args!("{id}  accepted as {event_id}")),
        Again::Accepted { event_id, repeated: true } => {
            say(format_args!("{id}  was accepted before, as {event_id}"));
        }
        Again::WouldBeAccepted => say(format_args!("{id}  would be accepted")),
        Again::StillRefused { code, reason } => {
            say(format_args!("{id}  still refused ({code}): {}", harmless(reason)));
        }
        Again::Missing => complain(REQUEST.missing(id)),
    }
}
