//! `hookstream refused tail`.

use std::process::ExitCode;

use crate::Ended;
use crate::output::complain;
use crate::refused::request::REQUEST;
use crate::telling::Telling;

/// The last refused requests; with -f, new ones as they come
#[derive(Debug, clap::Args)]
pub(crate) struct Tail {
    /// Go on with new ones as they come, until Ctrl-C
    #[arg(short, long)]
    follow: bool,
    /// So many to begin with
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 10)]
    lines: usize,
    #[command(flatten)]
    telling: Telling,
}

// === impl Tail ===

impl Tail {
    pub(crate) async fn run(self) -> Ended {
        let store = self.telling.open().await?;
        let newest = store.newest_refused(self.lines.max(1)).await?;
        self.telling.list(&REQUEST, newest.iter().take(self.lines).rev());
        if self.follow {
            let mut last = newest.first().map_or_else(|| "0-0".to_owned(), |entry| entry.id.clone());
            let next = async |block| {
                let entries = store.next_refused(&last, block).await?;
                if let Some(newest) = entries.last() {
                    last.clone_from(&newest.id);
                }
                Ok(entries)
            };
            self.telling.follow(&REQUEST, next).await?;
        } else if newest.is_empty() {
            complain(REQUEST.none());
        }
        Ok(ExitCode::SUCCESS)
    }
}
