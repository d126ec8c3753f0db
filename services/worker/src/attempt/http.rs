//! A handler of type `http`: a signed POST.

use std::time::Duration;

use event::{Job, Millis};
use outbound::Clients;
use reqwest::header::HeaderMap;
use reqwest::{Client, Response, StatusCode};
use settings::HandlerKind;
use signature::Secret;
use tokio::time::timeout;
use url::Url;

use super::{Outcome, answer, headers, out_of_time};

/// Where to post, and as whom.
#[derive(Debug)]
pub(crate) struct Post {
    client: Client,
    url: Url,
    /// An address that stands in `url` itself never meets the resolver: it is judged here.
    guarded: bool,
    secret: Option<Secret>,
    own: HeaderMap,
}

// === impl Post ===

impl Post {
    /// None if the handler is of another type.
    pub(crate) fn new(kind: &HandlerKind, clients: &Clients) -> Option<Self> {
        let HandlerKind::Http { url, signing_secret, allow_private, headers } = kind else { return None };
        Some(Self {
            client: clients.of(*allow_private),
            url: url.clone(),
            guarded: !allow_private,
            secret: signing_secret.clone(),
            own: headers::own(headers),
        })
    }

    /// Posts the event's body. The route's timeout covers everything up to the head of the answer.
    pub(crate) async fn send(&self, job: &Job, trace: &str) -> Outcome {
        if self.guarded
            && let Err(forbidden) = outbound::check(&self.url)
        {
            return Outcome::Failed { why: forbidden.to_string() };
        }
        let headers = headers::of(job, trace, self.secret.as_ref(), Millis::now().seconds());
        let request = self.client.post(self.url.clone()).headers(self.own.clone()).headers(headers);
        match timeout(job.plan.timeout, request.body(job.event.body.bytes.clone()).send()).await {
            Err(_) => out_of_time(job.plan.timeout),
            Ok(Err(error)) => Outcome::Failed { why: outbound::describe(&error) },
            Ok(Ok(response)) => outcome(response).await,
        }
    }
}

async fn outcome(response: Response) -> Outcome {
    let status = response.status();
    let retry_after = retry_after(&response);
    let excerpt = answer::excerpt(response).await;
    if status.is_success() {
        return Outcome::Taken { status: Some(status.as_u16()) };
    }
    Outcome::Answered { status: status.as_u16(), retry_after, excerpt }
}

/// Only where the contract heeds it.
fn retry_after(response: &Response) -> Option<Duration> {
    let heeded = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
    let value = response.headers().get(reqwest::header::RETRY_AFTER)?;
    heeded.contains(&response.status()).then(|| answer::retry_after(value.to_str().ok()?, Millis::now()))?
}
