//! A handler of type `http`: a signed POST.

use std::time::Duration;

use event::{Job, Millis};
use http::header::HeaderMap;
use http::uri::InvalidUri;
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use outbound::{Client, Clients, Forbidden};
use settings::HandlerKind;
use signature::Secret;
use tokio::time::timeout;

use super::{Outcome, answer, headers, out_of_time};

/// Where to post, and as whom.
#[derive(Debug)]
pub(crate) struct Post {
    client: Client,
    to: Result<Uri, Unfit>,
    secret: Option<Secret>,
    /// The same for every job.
    own: HeaderMap,
}

/// Why a URL is never posted to.
#[derive(Debug, thiserror::Error)]
enum Unfit {
    /// An address that stands in the URL itself never meets the resolver: it is judged here.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("the request can't be made: {0}")]
    Invalid(#[from] InvalidUri),
}

// === impl Post ===

impl Post {
    /// None if the handler is of another type.
    pub(crate) fn new(kind: &HandlerKind, clients: &Clients) -> Option<Self> {
        let HandlerKind::Http { url, signing_secret, allow_private, headers } = kind else { return None };
        let judged = if *allow_private { Ok(()) } else { outbound::check(url) };
        let to = judged.map_err(Unfit::from).and_then(|()| Ok(url.as_str().parse()?));
        Some(Self {
            client: clients.of(*allow_private).clone(),
            to,
            secret: signing_secret.clone(),
            own: headers::own(headers),
        })
    }

    /// Posts the event's body. The route's timeout covers everything up to the head of the answer.
    pub(crate) async fn send(&self, job: &Job, trace: &str) -> Outcome {
        let to = match &self.to {
            Ok(to) => to.clone(),
            Err(unfit) => return Outcome::Failed { why: unfit.to_string() },
        };
        let mut request = Request::new(Full::new(job.event.body.bytes.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = to;
        *request.headers_mut() =
            headers::of(&self.own, job, trace, self.secret.as_ref(), Millis::now().seconds());
        match timeout(job.plan.timeout, self.client.request(request)).await {
            Err(_) => out_of_time(job.plan.timeout),
            Ok(Err(error)) => Outcome::Failed { why: outbound::describe(&error) },
            Ok(Ok(response)) => outcome(response).await,
        }
    }
}

async fn outcome(response: Response<Incoming>) -> Outcome {
    let status = response.status();
    let retry_after = retry_after(&response);
    let excerpt = answer::excerpt(response.into_body()).await;
    if status.is_success() {
        return Outcome::Taken { status: Some(status.as_u16()) };
    }
    Outcome::Answered { status: status.as_u16(), retry_after, excerpt }
}

/// Only where the contract heeds it.
fn retry_after<B>(response: &Response<B>) -> Option<Duration> {
    let heeded = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
    let value = response.headers().get(http::header::RETRY_AFTER)?;
    heeded.contains(&response.status()).then(|| answer::retry_after(value.to_str().ok()?, Millis::now()))?
}
