//! `hookstream refused tail`.

use std::process::ExitCode;
use std::time::Duration;

use service::{Failure, Stop};
use stream::{RefusedEntry, Store};

use crate::Ended;
use crate::connect::Connect;
use crate::dlq::tail::tell_of_redis;
use crate::output::{complain, say, say_json};
use crate::refused::request;
use crate::style::Style;

/// The last refused requests; with -f, new ones as they come
#[derive(Debug, clap::Args)]
pub(crate) struct Tail {
    /// Go on with new ones as they come, until Ctrl-C
    #[arg(short, long)]
    follow: bool,
    /// So many to begin with
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 10)]
    lines: usize,
    /// One object a refused request, with the fields of the stream
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connect: Connect,
}

/// How long one read waits for the next.
const BLOCK: Duration = Duration::from_secs(5);
/// How soon Redis is asked again while it is away.
const ASK_AGAIN: Duration = Duration::from_millis(500);

// === impl Tail ===

impl Tail {
    pub(crate) async fn run(self) -> Ended {
        let store = self.connect.open().await?;
        let newest = store.newest_refused(self.lines.max(1)).await?;
        let style = Style::of_stdout();
        newest.iter().take(self.lines).rev().for_each(|entry| self.print(entry, style));
        if self.follow {
            let last = newest.first().map_or_else(|| "0-0".to_owned(), |entry| entry.id.clone());
            self.follow(&store, last, style).await?;
        } else if newest.is_empty() {
            complain("(no refused requests)");
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn follow(&self, store: &Store, mut last: String, style: Style) -> Result<(), Failure> {
        let stop = Stop::on_signals()?;
        let mut away = false;
        loop {
            let read = tokio::select! {
                () = stop.asked() => return Ok(()),
                read = store.next_refused(&last, BLOCK) => read,
            };
            tell_of_redis(&mut away, &read);
            match read {
                Ok(entries) => {
                    entries.iter().for_each(|entry| self.print(entry, style));
                    last = entries.last().map_or(last, |entry| entry.id.clone());
                }
                Err(_) if !stop.sleep(ASK_AGAIN).await => return Ok(()),
                Err(_) => {}
            }
        }
    }

    fn print(&self, entry: &RefusedEntry, style: Style) {
        if self.json {
            say_json(&entry.to_json());
        } else {
            say(request::line(entry, style));
        }
    }
}
