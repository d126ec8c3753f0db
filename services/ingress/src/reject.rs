//! Every refusal, its status, and what the sender is told.

use std::time::Duration;

use ::spool::AppendError;
use actix_web::http::StatusCode;
use actix_web::http::header;
use formats::{Format, FormatError};
use limit::{AddressRate, Block, Misdeed, Quotas, Window};
use service::Problem;
use signature::Refusal;
use stream::StoreError;

use crate::certificates::NoCertificate;
use crate::handshake::Greeting;
use crate::overload::Strain;
use crate::subscription::Subscription;

/// When to come back while Redis is away.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// All at once would only fill it again.
fn after_a_while() -> Duration {
    Duration::from_secs(rand::random_range(5..=15))
}

/// Only a change of the configuration ends it.
const A_DAY: Duration = Duration::from_secs(86_400);

/// Why a request does not become an event.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Rejection {
    #[error("the address is blocked for {} s more", left.as_secs())]
    AddressBlocked { left: Duration },
    #[error("nothing is taken from this address here")]
    AddressDenied,
    #[error("the target has more than {most} bytes")]
    UriTooLong { most: usize },
    #[error("the headers have more than {most} bytes")]
    HeadersTooLarge { most: usize },
    #[error("there are more than {most} headers")]
    TooManyHeaders { most: usize },
    #[error("the body has more than {most} bytes")]
    BodyTooLarge { most: usize },
    #[error("no such endpoint")]
    UnknownEndpoint,
    #[error("the endpoint takes no such method")]
    MethodNotAllowed { allow: String },
    #[error("the endpoint is disabled")]
    EndpointDisabled,
    #[error("pages of this origin may not post here")]
    OriginNotAllowed,
    #[error("the request can't be understood: {why}")]
    MalformedRequest { why: &'static str },
    #[error("the request says no length")]
    LengthRequired,
    #[error("too many requests from this address")]
    AddressLimited { wait: Duration, rate: AddressRate },
    #[error("the body is encoded (compressed)")]
    UnsupportedEncoding,
    #[error("the Content-Type is not that of {format}")]
    UnsupportedMediaType { format: Format },
    #[error("the request did not come within {} s", limit.as_secs())]
    RequestTimeout { limit: Duration },
    #[error("the body came with less than {rate} bytes a second")]
    BodyTooSlow { rate: u32 },
    /// Not refused at all: the provider asked something, and this is the answer.
    #[error("a handshake, which is no event")]
    Greeted(Greeting),
    #[error("the handshake is not believed: {why}")]
    HandshakeRefused { why: &'static str },
    /// Not refused either: the ingress answers it by confirming.
    #[error("a subscription to be confirmed, which is no event")]
    Subscription(Subscription),
    #[error("the subscription is not confirmed: {why}")]
    SubscriptionRefused { why: &'static str },
    #[error("the subscription could not be confirmed: {why}")]
    NotConfirmed { why: String },
    #[error("{refusal}")]
    Signature { refusal: Refusal },
    #[error(transparent)]
    Certificate(#[from] NoCertificate),
    #[error("over the limit by {limit}")]
    RateLimited {
        limit: Window,
        retry_after: Duration,
        standing: Quotas,
        /// The block that this request brought about.
        block: Option<Box<Block>>,
    },
    #[error(transparent)]
    Format(#[from] FormatError),
    #[error("the event's type has more than {most} bytes")]
    TypeTooLong { most: usize },
    #[error("overloaded: {strain}")]
    Overloaded { strain: Strain },
    /// Redis is there, but does not keep what it is given as the configuration requires.
    #[error("{why}")]
    Unfit { why: String },
    #[error(transparent)]
    Spool(#[from] AppendError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

// === impl Rejection ===

impl Rejection {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::AddressBlocked { .. } | Self::AddressDenied => "address_blocked",
            Self::UriTooLong { .. } => "uri_too_long",
            Self::HeadersTooLarge { .. } | Self::TooManyHeaders { .. } => "headers_too_large",
            Self::BodyTooLarge { .. } => "body_too_large",
            Self::UnknownEndpoint => "unknown_endpoint",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::EndpointDisabled => "endpoint_disabled",
            Self::OriginNotAllowed => "origin_not_allowed",
            Self::MalformedRequest { .. } => "malformed_request",
            Self::LengthRequired => "length_required",
            Self::AddressLimited { .. } | Self::RateLimited { .. } => "rate_limited",
            Self::UnsupportedEncoding => "unsupported_encoding",
            Self::UnsupportedMediaType { .. } => "unsupported_media_type",
            Self::RequestTimeout { .. } | Self::BodyTooSlow { .. } => "request_timeout",
            Self::Greeted(_) | Self::Subscription(_) => "handshake",
            Self::HandshakeRefused { .. } | Self::SubscriptionRefused { .. } => "handshake_refused",
            Self::NotConfirmed { .. } => "confirmation_failed",
            Self::Signature { refusal } => refusal.code(),
            Self::Certificate(NoCertificate::Unavailable(_)) => "certificate_unavailable",
            Self::Certificate(NoCertificate::Distrusted(_)) => "invalid_signature",
            Self::Format(error) => error.code(),
            Self::TypeTooLong { .. } => "malformed_body",
            Self::Overloaded { .. } | Self::Store(StoreError::Full(_)) => "overloaded",
            Self::Unfit { .. } | Self::Spool(_) | Self::Store(_) => "queue_unavailable",
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::MalformedRequest { .. } | Self::Format(_) | Self::TypeTooLong { .. } => {
                StatusCode::BAD_REQUEST
            }
            Self::Signature { .. } | Self::Certificate(NoCertificate::Distrusted(_)) => {
                StatusCode::UNAUTHORIZED
            }
            Self::Greeted(_) | Self::Subscription(_) => StatusCode::OK,
            Self::HandshakeRefused { .. }
            | Self::SubscriptionRefused { .. }
            | Self::AddressBlocked { .. }
            | Self::AddressDenied
            | Self::EndpointDisabled
            | Self::OriginNotAllowed => StatusCode::FORBIDDEN,
            Self::UnknownEndpoint => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::RequestTimeout { .. } | Self::BodyTooSlow { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::LengthRequired => StatusCode::LENGTH_REQUIRED,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UriTooLong { .. } => StatusCode::URI_TOO_LONG,
            Self::UnsupportedEncoding | Self::UnsupportedMediaType { .. } => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Self::AddressLimited { .. } | Self::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::HeadersTooLarge { .. } | Self::TooManyHeaders { .. } => {
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
            }
            Self::Overloaded { .. }
            | Self::Unfit { .. }
            | Self::Spool(_)
            | Self::Store(_)
            | Self::NotConfirmed { .. }
            | Self::Certificate(NoCertificate::Unavailable(_)) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Does its answer wait for its turn, so that a flood of it leaves room for others? Not where it is our fault.
    pub(crate) fn waits(&self) -> bool {
        !matches!(self, Self::Greeted(_)) && !self.status().is_server_error()
    }

    /// What this says of the sender's address, if anything.
    pub(crate) fn misdeed(&self) -> Option<Misdeed> {
        match self {
            Self::Signature { .. }
            | Self::HandshakeRefused { .. }
            | Self::Certificate(NoCertificate::Distrusted(_)) => Some(Misdeed::BadSignature),
            Self::UnknownEndpoint => Some(Misdeed::UnknownEndpoint),
            Self::MalformedRequest { .. } | Self::Format(_) => Some(Misdeed::Malformed),
            Self::BodyTooLarge { .. } => Some(Misdeed::TooLarge),
            _ => None,
        }
    }

    /// The answer: what to mend for an honest sender, nothing for an attacker.
    pub(crate) fn problem(&self) -> Problem {
        let problem = Problem::new(self.status(), self.code(), self.detail());
        match self {
            Self::AddressBlocked { left } => problem.retry_after(*left),
            Self::AddressDenied => problem.retry_after(A_DAY),
            Self::AddressLimited { wait, rate } => problem
                .retry_after(*wait)
                .with(RATELIMIT_POLICY, &rate.policy_header())
                .with(RATELIMIT, &AddressRate::limit_header(*wait)),
            Self::RateLimited { retry_after, standing, .. } => {
                let problem = problem.retry_after(*retry_after);
                rate_headers(standing).fold(problem, |problem, (name, value)| problem.with(name, &value))
            }
            Self::MethodNotAllowed { allow } => problem.with(header::ALLOW, allow),
            Self::Signature { .. } | Self::Certificate(NoCertificate::Distrusted(_)) => {
                problem.with(header::WWW_AUTHENTICATE, "Webhook-Signature")
            }
            Self::UnsupportedEncoding => problem.with(header::ACCEPT_ENCODING, "identity"),
            Self::UnsupportedMediaType { format } => problem.with(ACCEPT_POST, format.media_type()),
            Self::Overloaded { .. } | Self::Store(StoreError::Full(_)) => {
                problem.retry_after(after_a_while())
            }
            Self::Unfit { .. }
            | Self::Spool(_)
            | Self::Store(_)
            | Self::NotConfirmed { .. }
            | Self::Certificate(NoCertificate::Unavailable(_)) => problem.retry_after(TRY_AGAIN),
            _ => problem,
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::AddressBlocked { left } => {
                format!("Your address is blocked for {} seconds more; Retry-After says until when.", left.as_secs().max(1))
            }
            Self::AddressDenied => "Requests from your address are not taken here.".to_owned(),
            Self::UriTooLong { most } => format!("The request's target is longer than {most} bytes."),
            Self::HeadersTooLarge { most } => format!("The headers are larger than {most} bytes together."),
            Self::TooManyHeaders { most } => format!("There are more than {most} headers."),
            Self::BodyTooLarge { most } => format!("The body is larger than {most} bytes."),
            Self::UnknownEndpoint => {
                "No endpoint answers here. Check the URL: it is /webhook/ and the endpoint's id, or the endpoint's own path."
                    .to_owned()
            }
            Self::MethodNotAllowed { .. } => "Webhooks are sent with POST.".to_owned(),
            Self::EndpointDisabled => "This endpoint is switched off.".to_owned(),
            Self::OriginNotAllowed => "Pages of this origin may not post to this endpoint.".to_owned(),
            Self::MalformedRequest { why } => format!("The request can't be understood: {why}."),
            Self::LengthRequired => "Send Content-Length, or a chunked body.".to_owned(),
            Self::AddressLimited { .. } => "Too many requests from your address. Retry-After says when to try again.".to_owned(),
            Self::UnsupportedEncoding => "Send the body as it is: no Content-Encoding but identity is taken.".to_owned(),
            Self::UnsupportedMediaType { format } => {
                format!("This endpoint takes {format}: send one Content-Type, such as {}, in UTF-8.", format.media_type())
            }
            Self::RequestTimeout { limit } => format!("The whole request must come within {} seconds.", limit.as_secs()),
            Self::BodyTooSlow { rate } => format!("The body must come with at least {rate} bytes a second."),
            Self::Greeted(_) | Self::Subscription(_) => "A handshake.".to_owned(),
            Self::SubscriptionRefused { .. } => {
                "Subscriptions are confirmed here only for the topics that the endpoint's configuration names.".to_owned()
            }
            Self::NotConfirmed { .. } => {
                "The subscription could not be confirmed just now. Nothing was accepted; send it again.".to_owned()
            }
            Self::Certificate(NoCertificate::Unavailable(_)) => {
                "The certificate of the signature could not be fetched just now. Nothing was accepted; send it again."
                    .to_owned()
            }
            Self::Certificate(NoCertificate::Distrusted(_)) => {
                "The certificate of the signature does not prove that this provider signed.".to_owned()
            }
            Self::HandshakeRefused { .. } => {
                "This is not the handshake that the endpoint's provider and its configuration have.".to_owned()
            }
            Self::Signature { refusal } => signature_detail(refusal),
            Self::RateLimited { limit, .. } => {
                format!("Over this endpoint's limit by {limit}. Retry-After says when to try again.")
            }
            Self::Format(error) => format!("The body was refused: {error}."),
            Self::TypeTooLong { most } => format!("The event's type is longer than {most} bytes."),
            Self::Overloaded { .. } | Self::Store(StoreError::Full(_)) => "The queue is full. Nothing was accepted; send it again.".to_owned(),
            Self::Unfit { .. } | Self::Spool(_) | Self::Store(_) => "The queue can't be reached. Nothing was accepted for certain; send it again.".to_owned(),
        }
    }
}

/// `RateLimit-Policy` and `RateLimit`, where a limit is set.
pub(crate) fn rate_headers(standing: &Quotas) -> impl Iterator<Item = (header::HeaderName, String)> + use<> {
    let policy = standing.policy_header().map(|value| (RATELIMIT_POLICY, value));
    let limit = standing.limit_header().map(|value| (RATELIMIT, value));
    policy.into_iter().chain(limit)
}

const RATELIMIT: header::HeaderName = header::HeaderName::from_static("ratelimit");
const RATELIMIT_POLICY: header::HeaderName = header::HeaderName::from_static("ratelimit-policy");
const ACCEPT_POST: header::HeaderName = header::HeaderName::from_static("accept-post");

/// The reason is for the log; an honest sender needs to know where to look.
fn signature_detail(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Missing { header } => format!("The {header} header is missing."),
        Refusal::Malformed { header, .. } => format!("The {header} header is not of the form that this provider sends."),
        Refusal::Stale { .. } => {
            "The signature's timestamp is too far from now: send without delay, and check the clock.".to_owned()
        }
        Refusal::Invalid { .. } => {
            "The signature is not that of this body and this endpoint's secret. Check the secret, and that the body is \
             sent exactly as it was signed."
                .to_owned()
        }
    }
}
