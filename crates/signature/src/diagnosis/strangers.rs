//! Signature headers of other providers than the endpoint's.

use crate::{HeaderSource, Scheme, Single};

/// Header, whose it is.
const KNOWN: [(&str, &str); 12] = [
    ("Stripe-Signature", "Stripe"),
    ("X-Hub-Signature-256", "GitHub"),
    ("X-Slack-Signature", "Slack"),
    ("webhook-signature", "Standard Webhooks"),
    ("svix-signature", "Svix"),
    ("X-Shopify-Hmac-SHA256", "Shopify"),
    ("X-Twilio-Signature", "Twilio"),
    ("X-Gitlab-Token", "GitLab"),
    ("X-Signature-Ed25519", "Discord"),
    ("Paddle-Signature", "Paddle"),
    ("Linear-Signature", "Linear"),
    ("X-Webhook-Signature", "a custom sender"),
];

/// What the headers of other providers in a request say.
pub(super) fn hints(scheme: &Scheme, headers: &dyn HeaderSource) -> Vec<String> {
    let is_there = |name: &str| headers.single(name) != Single::Absent;
    let own = scheme.header();
    let mut hints = Vec::new();
    if own.eq_ignore_ascii_case("X-Hub-Signature-256") && !is_there(own) && is_there("X-Hub-Signature") {
        hints.push(
            "Only X-Hub-Signature (SHA-1) came. GitHub sends X-Hub-Signature-256 beside it, so something \
             dropped that header, or the sender is another: SHA-1 counts only for an endpoint whose \
             signature table names hmac-sha1 and that header."
                .to_owned(),
        );
    }
    let others = KNOWN.iter().filter(|(name, _)| !own.eq_ignore_ascii_case(name) && is_there(name));
    hints.extend(others.map(|(name, whose)| {
        format!("{name} is there, which is {whose}'s; this endpoint's provider is {}.", scheme.name())
    }));
    hints
}
