//! `hookstream dlq tail`.

use std::process::ExitCode;

use stream::Choice;

use crate::Ended;
use crate::dlq::letter::LETTER;
use crate::output::complain;
use crate::telling::Telling;

/// The last dead letters; with -f, new ones as they come
#[derive(Debug, clap::Args)]
pub(crate) struct Tail {
    /// Go on with new ones as they come, until Ctrl-C
    #[arg(short, long)]
    follow: bool,
    /// Of this route only
    #[arg(long, value_name = "ROUTE")]
    route: Option<String>,
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
        // Before the list is read: what comes meanwhile is not passed over.
        let mut follow = store.follow_dead_letters().await?;
        let of_route = Choice { route: self.route.clone(), ..Choice::default() };
        let newest = store.newest_of(&of_route, self.lines).await?;
        self.telling.list(&LETTER, &newest.letters);
        newest.letters.iter().for_each(|letter| follow.pass(letter));
        if self.follow {
            let next = async |block| {
                let mut letters = follow.next(block).await?;
                letters.retain(|letter| of_route.takes(letter));
                Ok(letters)
            };
            self.telling.follow(&LETTER, next).await?;
        } else if newest.letters.is_empty() {
            complain(LETTER.none());
        }
        Ok(ExitCode::SUCCESS)
    }
}
