//! `hookstream dlq tail`.

use std::process::ExitCode;
use std::time::Duration;

use service::{Failure, Stop};
use stream::{DeadLetter, Follow, StoreError};

use crate::Ended;
use crate::connect::Connect;
use crate::dlq::{choice::Filters, letter};
use crate::output::{complain, say, say_json};
use crate::style::Style;

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
    /// One object a dead letter, with the fields of the stream
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connect: Connect,
}

/// How long one read waits for the next letter.
const BLOCK: Duration = Duration::from_secs(5);
/// How soon Redis is asked again while it is away.
const ASK_AGAIN: Duration = Duration::from_millis(500);

// === impl Tail ===

impl Tail {
    pub(crate) async fn run(self) -> Ended {
        let store = self.connect.open().await?;
        // Before the list is read: what comes meanwhile is not passed over.
        let mut follow = store.follow_dead_letters().await?;
        let newest = self.filters().newest(&store, self.lines).await?;
        let style = Style::of_stdout();
        for letter in &newest.letters {
            self.print(letter, style);
            follow.pass(letter);
        }
        if self.follow {
            self.follow(follow, style).await?;
        } else if newest.letters.is_empty() {
            complain("(no dead letters)");
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn follow(&self, mut follow: Follow, style: Style) -> Result<(), Failure> {
        let (stop, filters) = (Stop::on_signals()?, self.filters());
        let mut away = false;
        loop {
            let read = tokio::select! {
                () = stop.asked() => return Ok(()),
                read = follow.next(BLOCK) => read,
            };
            tell_of_redis(&mut away, &read);
            match read {
                Ok(letters) => letters
                    .iter()
                    .filter(|letter| filters.takes(letter))
                    .for_each(|letter| self.print(letter, style)),
                Err(_) if !stop.sleep(ASK_AGAIN).await => return Ok(()),
                Err(_) => {}
            }
        }
    }

    fn filters(&self) -> Filters {
        Filters { route: self.route.clone(), ..Filters::default() }
    }

    fn print(&self, letter: &DeadLetter, style: Style) {
        if self.json {
            say_json(&letter.to_json());
        } else {
            say(letter::line(letter, style));
        }
    }
}

/// Once when it goes, once when it is back.
pub(crate) fn tell_of_redis<T>(away: &mut bool, read: &Result<T, StoreError>) {
    match read {
        Err(error) if !*away => complain(format_args!("{error}; waiting until it is back…")),
        Ok(_) if *away => complain("Redis is back"),
        _ => {}
    }
    *away = read.is_err();
}
