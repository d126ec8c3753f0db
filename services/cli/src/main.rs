//! `hookstream`: the gateway on a laptop, and the operator's tools.

mod output;
mod dev;
mod send;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use service::Failure;

use crate::output::complain;

/// A webhook gateway: proves who sent an event, queues it, routes it, delivers it, and keeps what failed.
#[derive(Debug, Parser)]
#[command(name = "hookstream", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything in this one process, with a Redis of its own
    Dev(dev::Dev),
    /// Sign a webhook as its provider would, and post it
    Send(send::Send),
}

/// How a command ended that did not fail: 0, or 1 where the answer is no.
type Ended = Result<ExitCode, Failure>;

fn main() -> ExitCode {
    let ended = match Cli::parse().command {
        Command::Dev(dev) => dev.run(),
        Command::Send(send) => send.run(),
    };
    ended.unwrap_or_else(|failure| {
        complain(&failure);
        failure.exit_code()
    })
}
