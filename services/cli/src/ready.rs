//! `hookstream ready`: a health check for containers, which have no curl.

use std::process::ExitCode;
use std::time::Duration;

use service::Failure;

use crate::Ended;
use crate::output::{complain, harmless_lines, innermost, shortened};

/// Ask a service whether it is ready; exit code 0 if so
#[derive(Debug, clap::Args)]
pub(crate) struct Ready {
    /// Which service: its /ready
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:5000/ready")]
    url: String,
}

/// A health check must have an answer before it is asked again.
const PATIENCE: Duration = Duration::from_secs(5);
const LONGEST_REASON: usize = 500;

// === impl Ready ===

impl Ready {
    pub(crate) fn run(self) -> Ended {
        service::runtime()?.block_on(self.ask())
    }

    async fn ask(self) -> Ended {
        let away = |error: reqwest::Error| match error.is_builder() {
            true => Failure::Usage(format!("`{}` is not an http URL", self.url)),
            false => Failure::Unreachable(format!("{} can't be reached: {}", self.url, innermost(&error))),
        };
        service::use_tls();
        let client = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build().map_err(away)?;
        let answer = client.get(&self.url).send().await.map_err(away)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(ExitCode::SUCCESS);
        }
        let reason = answer.text().await.map_err(away)?;
        complain(format_args!("{status}: {}", harmless_lines(&shortened(&reason, LONGEST_REASON))));
        Ok(ExitCode::FAILURE)
    }
}
