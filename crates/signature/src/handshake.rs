//! What providers ask of an endpoint beside taking events.

use serde::Deserialize;

/// What a provider asks of an endpoint before it sends events, or now and then. How it is answered is the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Handshake {
    /// Slack: a signed POST with `type` `url_verification`; its `challenge` is the answer.
    Slack,
    /// Zoom: a signed POST with `event` `endpoint.url_validation`; the answer is its `plainToken` and that text's HMAC.
    Zoom,
    /// Twitch: a signed POST of type `webhook_callback_verification`; its `challenge` is the answer, as plain text.
    Twitch,
    /// Discord: a signed POST with `type` 1; the answer is the same.
    Discord,
    /// Meta: a GET with `hub.mode`, `hub.verify_token` and `hub.challenge`.
    Meta,
    /// Dropbox: a GET with `challenge`.
    Dropbox,
    /// Okta: a GET with `X-Okta-Verification-Challenge`.
    Okta,
    /// Asana: an unsigned POST with `X-Hook-Secret`, which is the secret from then on and is sent back.
    Asana,
    /// Xero: a POST without events, rightly or wrongly signed; the answer is 200 without a body, or 401.
    Xero,
    /// Woocommerce: an unsigned form `webhook_id=N`.
    Woocommerce,
    /// Trello: a HEAD.
    Trello,
    /// Amazon SNS: a signed POST of type `SubscriptionConfirmation`; a GET of its `SubscribeURL` confirms.
    Sns,
}

impl Handshake {
    /// Whether it is a request without a body, by a method other than POST.
    pub fn method(self) -> Option<&'static str> {
        match self {
            Self::Meta | Self::Dropbox | Self::Okta => Some("GET"),
            Self::Trello => Some("HEAD"),
            Self::Slack
            | Self::Zoom
            | Self::Twitch
            | Self::Discord
            | Self::Asana
            | Self::Xero
            | Self::Woocommerce
            | Self::Sns => None,
        }
    }
}
