//! `hookstream`: the gateway on a laptop, and the operator's tools.

mod output;
mod style;
mod time;
mod input;
mod connect;
mod telling;

mod dev;
mod check;
mod send;
mod verify;
mod route;
mod events;
mod dlq;
mod refused;
mod top;
mod limits;
mod blocked;
mod config;
mod ready;
mod completions;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use service::Failure;

use crate::output::complain;

/// A webhook gateway: proves who sent an event, queues it, routes it, delivers it, and keeps what failed.
#[derive(Debug, Parser)]
#[command(name = "hookstream", version, propagate_version = true, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str =
    "Exit codes: 0 done, 1 the answer is no, 2 usage or configuration, 3 a server can't be reached.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything in this one process, with a Redis of its own
    Dev(dev::Dev),
    /// Find every mistake of the configuration at once
    Check(check::Check),
    /// Sign a webhook as its provider would, and post it
    Send(send::Send),
    /// Say whether a request is its provider's; if not, why, and what would have made it so
    Verify(Box<verify::Verify>),
    /// Look at the routes, and try an event on them
    Route(route::Route),
    /// Find events, and say where they are
    Events(events::Events),
    /// Look at what could not be delivered; start it again, or throw it away
    Dlq(dlq::Dlq),
    /// Look at requests that were refused and may have been sent in good faith; judge them again
    Refused(refused::RefusedCommand),
    /// Live: how much comes and goes, queues, workers, dead letters
    Top(top::Top),
    /// Where an endpoint's limits stand: requests in the last minute and hour, and who is blocked
    Limits(limits::Limits),
    /// Look at blocked addresses, block one, or lift a block
    Blocked(blocked::BlockedCommand),
    /// About the configuration file
    Config(config::ConfigCommand),
    /// Ask a service whether it is ready; exit code 0 if so
    Ready(ready::Ready),
    /// Print a script with which the shell completes this command
    Completions(completions::Completions),
}

/// How a command ended that did not fail: 0, or 1 where the answer is no.
type Ended = Result<ExitCode, Failure>;

fn main() -> ExitCode {
    let ended = match Cli::parse().command {
        Command::Dev(dev) => dev.run(),
        Command::Check(check) => check.run(),
        Command::Send(send) => send.run(),
        Command::Verify(verify) => verify.run(),
        Command::Route(route) => route.run(),
        Command::Events(events) => events.run(),
        Command::Dlq(dlq) => dlq.run(),
        Command::Refused(refused) => refused.run(),
        Command::Top(top) => top.run(),
        Command::Limits(limits) => limits.run(),
        Command::Blocked(blocked) => blocked.run(),
        Command::Config(config) => config.run(),
        Command::Ready(ready) => ready.run(),
        Command::Completions(completions) => completions.run(Cli::command()),
    };
    ended.unwrap_or_else(|failure| {
        complain(&failure);
        failure.exit_code()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    /// Every command with its words: `dlq tail`.
    fn commands(of: &clap::Command, before: &str, found: &mut Vec<String>) {
        for command in of.get_subcommands().filter(|command| command.get_name() != "help") {
            let name = format!("{before}{}", command.get_name());
            commands(command, &format!("{name} "), found);
            if !command.has_subcommands() {
                found.push(name);
            }
        }
    }

    #[test]
    fn the_reference_has_every_command_with_an_example_and_every_flag() {
        let page = include_str!("../../../docs/cli.md");
        let mut found = Vec::new();
        commands(&Cli::command(), "", &mut found);
        assert!(found.len() > 15, "{found:?}");
        for name in found {
            let heading = format!("\n## `hookstream {name}");
            let section = page.find(&heading).map(|at| &page[at + 4..]);
            let section = section.unwrap_or_else(|| panic!("docs/cli.md has no section {heading}"));
            let section = &section[..section.find("\n## ").unwrap_or(section.len())];
            assert!(
                section.contains(&format!("\n$ hookstream {name}")),
                "no example of `{name}`:\n{section}"
            );
            let mut command = Cli::command();
            let command = name.split(' ').fold(&mut command, |command, word| {
                command.find_subcommand_mut(word).expect("it was just found")
            });
            for flag in command.get_arguments().filter_map(|argument| argument.get_long()) {
                let shared = matches!(flag, "config" | "redis-url" | "json" | "help" | "version");
                assert!(
                    shared || section.contains(&format!("`--{flag}")),
                    "`{name}` has --{flag}; docs/cli.md does not"
                );
            }
        }
    }
}
