//! A change of an alert → the log, and whoever listens at its address.

use std::time::Duration;

use reqwest::{Client, redirect};
use serde::{Deserialize, Serialize};
use url::Url;

/// For one try.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Before the second and the third try.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Firing,
    Resolved,
}

/// What is posted, and kept in Redis as the alert's state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Notice {
    pub(crate) alert: String,
    pub(crate) metric: String,
    pub(crate) state: State,
    pub(crate) value: f64,
    pub(crate) threshold: f64,
    pub(crate) window_seconds: f64,
    /// RFC 3339.
    pub(crate) at: String,
}

/// Posts notices.
#[derive(Debug, Clone)]
pub(crate) struct Teller(Option<Client>);

// === impl Notice ===

impl Notice {
    fn log(&self) {
        let Self { alert, metric, value, threshold, window_seconds, .. } = self;
        match self.state {
            State::Firing => {
                tracing::warn!(%alert, %metric, value, threshold, window_seconds, "an alert is firing");
            }
            State::Resolved => {
                tracing::info!(%alert, %metric, value, threshold, window_seconds, "an alert is resolved");
            }
        }
    }
}

// === impl Teller ===

impl Teller {
    pub(crate) fn new() -> Self {
        service::use_tls();
        let client = Client::builder().timeout(TIMEOUT).redirect(redirect::Policy::none()).build();
        if let Err(error) = &client {
            tracing::error!(%error, "alerts can't be posted, only logged");
        }
        Self(client.ok())
    }

    /// Logs the notice and posts it. After three tries in vain the log has to do.
    pub(crate) async fn tell(&self, notice: &Notice, url: Option<&Url>) {
        notice.log();
        let (Some(client), Some(url)) = (&self.0, url) else { return };
        let mut pauses = PAUSES.iter();
        while let Err(why) = post(client, url, notice).await {
            let Some(pause) = pauses.next() else {
                tracing::error!(alert = %notice.alert, %why, "the alert could not be posted; its address does not take it");
                return;
            };
            tracing::debug!(alert = %notice.alert, %why, "the alert was not taken; trying again");
            tokio::time::sleep(*pause).await;
        }
    }
}

/// The address may hold a token: it stays out of what is said.
async fn post(client: &Client, url: &Url, notice: &Notice) -> Result<(), String> {
    let answer = client.post(url.clone()).json(notice).send().await;
    let answer = answer.map_err(|error| chain(&error.without_url()))?;
    let status = answer.status();
    if status.is_success() { Ok(()) } else { Err(format!("it answers {status}")) }
}

/// An error with its causes: reqwest's own words alone say nothing of why.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
