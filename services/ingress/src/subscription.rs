//! Amazon SNS's subscriptions: confirmed for the topics that the endpoint names, once the request is proven.

use outbound::Bounds;
use serde::Deserialize;
use url::Url;

use signature::{Handshake, Proof};

use crate::certificates::Certificates;
use crate::handshake::Greeting;
use crate::receive::Incoming;
use crate::reject::Rejection;
use actix_web::http::StatusCode;

/// The answer to a confirmation is a few hundred bytes of XML, which nobody reads.
const LARGEST: usize = 65_536;

/// A subscription that its endpoint wants. Only [`asked`] makes one.
#[derive(Debug)]
pub(crate) struct Subscription {
    url: Url,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "SubscribeURL")]
    url: Option<String>,
}

/// What a proven message of Amazon SNS asks for, if it is no event.
pub(crate) fn asked(incoming: &Incoming<'_>, proof: Option<&Proof>) -> Result<(), Rejection> {
    let scheme = &incoming.endpoint.scheme;
    if scheme.handshake() != Some(Handshake::Sns) {
        return Ok(());
    }
    let refused = |why| Err(Rejection::SubscriptionRefused { why });
    let Ok(Message { kind, url }) = serde_json::from_slice(&incoming.body) else { return Ok(()) };
    match kind.as_str() {
        // The topic's owner ended it, or somebody with the link did: it is said in the log, and not taken back.
        "UnsubscribeConfirmation" => {
            tracing::warn!(endpoint = incoming.endpoint.id, "a subscription of this endpoint was ended");
            Err(Rejection::Greeted(Greeting::Empty(StatusCode::OK)))
        }
        "SubscriptionConfirmation" if proof.is_none() => {
            refused("without signature_verification nothing proves whose it is")
        }
        "SubscriptionConfirmation" if scheme.topics().is_empty() => {
            refused("the endpoint names no topics that it takes: set signature.topics")
        }
        "SubscriptionConfirmation" => {
            match url.filter(|url| scheme.is_own_host(url)).map(|url| Url::parse(&url)) {
                Some(Ok(url)) => Err(Rejection::Subscription(Subscription { url })),
                _ => refused("its SubscribeURL does not lie at the provider's"),
            }
        }
        _ => Ok(()),
    }
}

// === impl Subscription ===

impl Subscription {
    /// Tells the provider that the subscription is wanted. Doing it twice does no harm.
    pub(crate) async fn confirm(
        &self,
        certificates: &Certificates,
        wanted: &settings::Certificates,
    ) -> Rejection {
        let bounds = Bounds { bytes: LARGEST, time: wanted.timeout, allow_private: wanted.allow_private };
        let clients = match certificates.clients() {
            Ok(clients) => clients,
            Err(why) => return Rejection::NotConfirmed { why },
        };
        match clients.get(&self.url, bounds).await {
            Ok(_) => {
                tracing::info!("a subscription was confirmed");
                Rejection::Greeted(Greeting::Empty(StatusCode::OK))
            }
            Err(error) => Rejection::NotConfirmed { why: error.to_string() },
        }
    }
}
