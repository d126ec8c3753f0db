//! `hookstream top`: what the gateway does now, looked at again and again.

mod reading;
mod screen;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use event::parse_duration;
use service::{Failure, Stop};
use stream::Store;

use self::reading::{Rates, Reading};
use crate::Ended;
use crate::connect::Connect;
use crate::output::{complain, say, say_json};
use crate::style::Style;

/// Live: how much comes and goes, queues, workers, dead letters
#[derive(Debug, clap::Args)]
pub(crate) struct Top {
    /// How often
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = parse_duration)]
    interval: Duration,
    /// So many times [default: until Ctrl-C on a terminal, once elsewhere]
    #[arg(short = 'n', long, value_name = "TIMES")]
    count: Option<u64>,
    /// One object each time
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connect: Connect,
}

// === impl Top ===

impl Top {
    pub(crate) fn run(self) -> Ended {
        service::runtime()?.block_on(self.look())
    }

    async fn look(self) -> Ended {
        let store = self.connect.open().await?;
        let stop = Stop::on_signals()?;
        let live = std::io::stdout().is_terminal() && !self.json;
        let mut left = self.count.or((!live).then_some(1));
        let mut before = Reading::take(&store).await?;
        while left != Some(0) && stop.sleep(self.interval).await {
            let Some(now) = again(&store, &stop).await? else { break };
            self.show(&now, &now.rates(&before), live);
            before = now;
            left = left.map(|left| left - 1);
        }
        Ok(ExitCode::SUCCESS)
    }

    fn show(&self, now: &Reading, rates: &Rates, live: bool) {
        if self.json {
            return say_json(&now.to_json(rates));
        }
        let style = Style::of_stdout();
        let page = screen::page(now, rates, style);
        match Style::size().filter(|_| live && !style.clear().is_empty()) {
            Some(size) => say(format_args!("{}{}", style.clear(), screen::fitted(&page, size))),
            None => say(page),
        }
    }
}

/// While Redis is away it is waited for; None: stopped meanwhile.
async fn again(store: &Store, stop: &Stop) -> Result<Option<Reading>, Failure> {
    let mut told = false;
    loop {
        match Reading::take(store).await {
            Ok(reading) => return Ok(Some(reading)),
            Err(error) if !told => complain(format_args!("{error}; waiting until it is back…")),
            Err(_) => {}
        }
        told = true;
        if !stop.sleep(Duration::from_millis(500)).await {
            return Ok(None);
        }
    }
}
