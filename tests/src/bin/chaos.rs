//! `make chaos`: the whole harness, with its negative control. Prints tables for docs/reliability.md.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use stream::Fsync;
use tests::chaos::{Choice, Plan, Report, run};

/// Kills, freezes and cuts a running gateway under load, and counts what was lost.
#[derive(Debug, Parser)]
struct Options {
    /// Events to send.
    #[arg(long, env = "EVENTS", default_value_t = 50_000)]
    events: u32,
    /// Faults among them; one for each 400 events unless given.
    #[arg(long, env = "FAULTS")]
    faults: Option<u32>,
    /// Draws the faults.
    #[arg(long, env = "SEED", default_value_t = 20_260_101)]
    seed: u64,
    /// Which runs; the third is the negative control.
    #[arg(long, env = "RUNS", value_delimiter = ',', default_value = "always,everysec,control")]
    runs: Vec<What>,
    /// Minutes after which a run sends nothing more.
    #[arg(long, env = "MINUTES", default_value_t = 20)]
    minutes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// `appendfsync always`, all events.
    Always,
    /// `appendfsync everysec`, a fifth of them.
    Everysec,
    /// A router that acknowledges, then adds: it must lose events.
    Control,
}

/// The events of the negative control: enough to lose some, whatever the machine.
const CONTROL: u32 = 8_000;

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime can be made");
    let mut failed = false;
    for what in &options.runs {
        let plan = options.plan(*what);
        say(&format!("## {what:?}: {} events, {} faults, seed {}\n", plan.events, plan.faults, plan.seed));
        let report = runtime.block_on(run(&plan));
        say(&report.to_string());
        failed |= !verdict(*what, &report);
    }
    ExitCode::from(u8::from(failed))
}

fn verdict(what: What, report: &Report) -> bool {
    let (wrongs, lost) = (report.wrongs(), report.outcome.lost.len());
    let held = if what == What::Control { lost > 0 } else { wrongs.is_empty() };
    say(&match (what, held) {
        (What::Control, true) => format!("As it must, the wrong order lost {lost} events.\n"),
        (What::Control, false) => {
            "The wrong order lost nothing: this harness could not see a loss.\n".to_owned()
        }
        (_, true) => "Held: nothing was lost, and every duplicate is explained.\n".to_owned(),
        (_, false) => format!("FAILED: {} things are wrong.\n", wrongs.len()),
    });
    held
}

// === impl Options ===

impl Options {
    fn plan(&self, what: What) -> Plan {
        let events = match what {
            What::Always => self.events,
            What::Everysec => (self.events / 5).max(1),
            What::Control => CONTROL,
        };
        let faults = match what {
            What::Control => CONTROL / 200,
            What::Always | What::Everysec => match self.faults {
                Some(faults) => {
                    (u64::from(faults) * u64::from(events) / u64::from(self.events.max(1))) as u32
                }
                None => events / 400,
            },
        };
        Plan {
            events,
            faults,
            seed: self.seed,
            fsync: if what == What::Everysec { Fsync::EverySecond } else { Fsync::Always },
            choice: if what == What::Control { Choice::KilledRouters } else { Choice::All },
            router: if what == What::Control { "examples/naive_router" } else { "hookstream-router" },
            limit: Duration::from_secs(60 * self.minutes),
            loud: true,
        }
    }
}

#[expect(clippy::print_stdout, reason = "this is what the program is for")]
fn say(text: &str) {
    println!("{text}");
}
