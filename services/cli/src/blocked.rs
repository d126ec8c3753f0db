//! `hookstream blocked`: addresses that are let in to nothing.

use std::process::ExitCode;
use std::time::Duration;

use clap::Subcommand;
use event::parse_duration;
use limit::{Block, Blocked, Client};
use serde_json::json;
use service::Environment;

use crate::Ended;
use crate::connect::Connect;
use crate::output::{complain, harmless, say, say_json, table};
use crate::time::shown;

/// Look at blocked addresses, block one, or lift a block
#[derive(Debug, clap::Args)]
pub(crate) struct BlockedCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Addresses blocked now, those that last longest first
    List {
        /// One object a block: client, reason, by, since, until, `seconds_left`
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        connect: Connect,
    },
    /// Block an address (of IPv6: its /64 network) on all ingresses
    Add {
        /// 203.0.113.9, `2001:db8::1` or `2001:db8::/64`
        address: Client,
        /// For how long: 90s, 10m, 2h, 1d
        #[arg(long = "for", value_name = "TIME", default_value = "1h", value_parser = parse_duration)]
        duration: Duration,
        /// Why, for whoever looks at the list
        #[arg(long, value_name = "TEXT", default_value = "blocked by an operator")]
        reason: String,
        /// One object: the block
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        connect: Connect,
    },
    /// Lift an address' block, and forget what it was suspected of
    Remove {
        /// The address, as it was added or as the list shows it
        address: Client,
        /// One object: client, removed
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        connect: Connect,
    },
}

/// Blocks that are listed at once.
const MOST: usize = 10_000;

// === impl BlockedCommand ===

impl BlockedCommand {
    pub(crate) fn run(self) -> Ended {
        service::runtime()?.block_on(async {
            match self.what {
                What::List { json, connect } => list(&connect, json).await,
                What::Add { address, duration, reason, json, connect } => {
                    add(&connect, &address, (duration, &reason), json).await
                }
                What::Remove { address, json, connect } => remove(&connect, &address, json).await,
            }
        })
    }
}

async fn list(connect: &Connect, as_json: bool) -> Ended {
    let (blocks, all) = Blocked::list(&connect.open().await?, MOST).await?;
    if as_json {
        blocks.iter().for_each(say_json);
    } else if blocks.is_empty() {
        complain("(no address is blocked)");
    } else {
        say(rows(&blocks));
    }
    if all > blocks.len() {
        complain(format_args!("(those that last longest; there are {all})"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn add(connect: &Connect, client: &Client, how: (Duration, &str), as_json: bool) -> Ended {
    let (duration, reason) = how;
    let store = connect.open().await?;
    let by = Environment::default().get("USER").unwrap_or_else(|| "hookstream blocked".to_owned());
    let block = Blocked::default().add(&store, client, duration, (reason, &by)).await?;
    if as_json {
        say_json(&block);
    } else {
        say(format_args!("{} is blocked until {} ({})", block.client, block.until, shown(block.left)));
    }
    Ok(ExitCode::SUCCESS)
}

async fn remove(connect: &Connect, client: &Client, as_json: bool) -> Ended {
    let removed = Blocked::default().remove(&connect.open().await?, client).await?;
    let key = client.key();
    if as_json {
        say_json(&json!({ "client": key, "removed": removed }));
    } else if removed {
        say(format_args!("{key} is no longer blocked"));
    } else {
        complain(format_args!("{key} is not blocked"));
    }
    Ok(if removed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Blocks as a table.
pub(crate) fn rows(blocks: &[Block]) -> String {
    let row = |block: &Block| {
        vec![
            block.client.clone(),
            shown(block.left),
            block.until.to_string(),
            harmless(&block.by),
            harmless(&block.reason),
        ]
    };
    table(&["ADDRESS", "LEFT", "UNTIL", "BY", "REASON"], &blocks.iter().map(row).collect::<Vec<_>>())
}
