//! `hookstream refused list`.

use std::collections::VecDeque;
use std::process::ExitCode;

use service::Failure;
use stream::{RefusedEntry, Store};

use crate::Ended;
use crate::output::{complain, complain_of_more};
use crate::refused::request::REQUEST;
use crate::telling::{Telling, at_least_one};

/// Refused requests, oldest first
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// To this endpoint
    #[arg(long, value_name = "ENDPOINT")]
    endpoint: Option<String>,
    /// Refused for this, such as `invalid_signature`
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
    /// The newest so many
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = at_least_one)]
    limit: usize,
    #[command(flatten)]
    telling: Telling,
}

struct Newest {
    found: VecDeque<RefusedEntry>,
    /// There are older ones.
    more: bool,
}

/// Read at once: each may hold a body of some megabytes.
const PAGE: usize = 50;

// === impl List ===

impl List {
    pub(crate) async fn run(self) -> Ended {
        let store = self.telling.open().await?;
        let takes = |entry: &RefusedEntry| {
            self.endpoint.as_ref().is_none_or(|endpoint| entry.text("endpoint") == endpoint)
                && self.code.as_ref().is_none_or(|code| entry.text("code") == code)
        };
        let Newest { found, more } = newest(&store, self.limit, takes).await?;
        self.telling.list(&REQUEST, &found);
        if more {
            complain_of_more(self.limit);
        } else if found.is_empty() {
            complain(REQUEST.none());
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The newest `most` that are taken, oldest first.
async fn newest(
    store: &Store,
    most: usize,
    takes: impl Fn(&RefusedEntry) -> bool,
) -> Result<Newest, Failure> {
    let (mut found, mut more) = (VecDeque::new(), false);
    let mut cursor = Some("-".to_owned());
    while let Some(from) = cursor {
        let page = store.refused(&from, PAGE).await?;
        cursor = page.next;
        for entry in page.refused.into_iter().filter(&takes) {
            found.push_back(entry);
            if found.len() > most {
                found.pop_front();
                more = true;
            }
        }
    }
    Ok(Newest { found, more })
}
