//! The same done to each of the chosen dead letters, and told.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::json;
use service::{Failure, Stop};
use stream::{Chosen, StoreError};

use crate::Ended;
use crate::dlq::choice::Wanted;
use crate::dlq::letter::LETTER;
use crate::output::{complain, counted, harmless, progress, say, say_json};

/// What is done, in words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verb {
    pub(crate) done: &'static str,
    /// As an outcome in JSON.
    pub(crate) would: &'static str,
    pub(crate) plan: &'static str,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Sweep {
    pub(crate) verb: Verb,
    pub(crate) json: bool,
    pub(crate) dry_run: bool,
    /// Between one and the next.
    pub(crate) pause: Option<Duration>,
}

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_secs(1);

// === impl Sweep ===

impl Sweep {
    /// Does it to each; `act` says false where the letter is gone. Ctrl-C stops between two. Exit code 1 if one was
    /// named that is not there, or not all could be done.
    pub(crate) async fn run(
        self,
        chosen: &[Wanted],
        act: impl AsyncFn(&Chosen) -> Result<bool, StoreError>,
    ) -> Ended {
        let stop = Stop::on_signals()?;
        let (mut done, mut gone, mut told) = (0, 0, Instant::now());
        for (place, one) in chosen.iter().enumerate() {
            if stop.is_asked() {
                complain(format_args!("stopped: {} of {} {}", done, chosen.len(), self.verb.done));
                return Ok(ExitCode::FAILURE);
            }
            let Wanted { letter, missing } = one;
            let there = !missing && (self.dry_run || self.act(letter, &act, (done, chosen.len())).await?);
            self.tell(letter, there);
            if there {
                done += 1
            } else {
                gone += 1
            }
            if told.elapsed() >= TELL_EVERY {
                progress(format_args!("{} of {}…", place + 1, chosen.len()));
                told = Instant::now();
            }
            if let Some(pause) = self.pause.filter(|_| there && !self.dry_run && place + 1 < chosen.len()) {
                stop.sleep(pause).await;
            }
        }
        if !self.json {
            let what = if self.dry_run { self.verb.plan } else { self.verb.done };
            say(format_args!("{} {what}", counted(done, "dead letter")));
        }
        Ok(if gone == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn act(
        self,
        one: &Chosen,
        act: &impl AsyncFn(&Chosen) -> Result<bool, StoreError>,
        (done, all): (usize, usize),
    ) -> Result<bool, Failure> {
        act(one)
            .await
            .inspect_err(|_| complain(format_args!("{done} of {all} {}, then:", self.verb.done)))
            .map_err(Into::into)
    }

    fn tell(self, one: &Chosen, there: bool) {
        let outcome = match (there, self.dry_run) {
            (false, _) => "missing",
            (true, true) => self.verb.would,
            (true, false) => self.verb.done,
        };
        if self.json {
            say_json(
                &json!({ "id": one.id, "event_id": one.event_id, "route": one.route, "outcome": outcome }),
            );
        } else if there {
            let what = if self.dry_run { self.verb.plan } else { self.verb.done };
            say(format_args!("{}  {}  {}  {what}", one.id, harmless(&one.event_id), harmless(&one.route)));
        } else {
            complain(LETTER.missing(&one.id));
        }
    }
}
