//! The schemes that are built in.

use crate::{
    Algorithm, CustomScheme, Encoding, Scheme, Template,
    scheme::{Layout, Prefix, SecretEncoding, Source, TimestampSource, Window},
};

impl Scheme {
    /// Stripe: `Stripe-Signature: t=…,v1=…`, HMAC-SHA256 in lower-case hex of `{timestamp}.{body}`.
    ///
    /// Several `v1` may be there while a secret is being rolled, and any may match; `v0` and other names are
    /// ignored. Stripe's libraries look only backwards in time, this one both ways.
    pub fn stripe() -> Self {
        Self {
            layout: Layout::List { separator: b',', assign: b'=', version: "v1".into() },
            content: template("{timestamp}.{body}"),
            timestamp: Some(TimestampSource::Element("t".into())),
            event_id: vec![body("id")],
            event_type: vec![body("type")],
            ..hmac_sha256("stripe", "Stripe-Signature")
        }
    }

    /// GitHub: `X-Hub-Signature-256: sha256=…`, HMAC-SHA256 in lower-case hex of the body.
    ///
    /// The older `X-Hub-Signature` (SHA-1) is not looked at.
    pub fn github() -> Self {
        Self {
            layout: Layout::Single(Prefix::Required("sha256=".into())),
            event_id: vec![header("X-GitHub-Delivery")],
            event_type: vec![header("X-GitHub-Event")],
            ..hmac_sha256("github", "X-Hub-Signature-256")
        }
    }

    /// Slack: `X-Slack-Signature: v0=…`, HMAC-SHA256 in lower-case hex of `v0:{timestamp}:{body}`, the time
    /// in `X-Slack-Request-Timestamp`.
    pub fn slack() -> Self {
        Self {
            layout: Layout::Single(Prefix::Required("v0=".into())),
            content: template("v0:{timestamp}:{body}"),
            timestamp: Some(TimestampSource::Header("X-Slack-Request-Timestamp".into())),
            event_id: vec![body("event_id")],
            event_type: vec![body("event.type"), body("type")],
            ..hmac_sha256("slack", "X-Slack-Signature")
        }
    }

    /// Standard Webhooks: `webhook-signature: v1,…`, HMAC-SHA256 in base64 of `{id}.{timestamp}.{body}`.
    ///
    /// A secret that starts with `whsec_` is base64 after it. Signatures of other versions are ignored.
    pub fn standard_webhooks() -> Self {
        Self {
            layout: Layout::List { separator: b' ', assign: b',', version: "v1".into() },
            encoding: Encoding::Base64,
            content: template("{id}.{timestamp}.{body}"),
            timestamp: Some(TimestampSource::Header("webhook-timestamp".into())),
            id_header: Some("webhook-id".into()),
            secret_encoding: SecretEncoding::Whsec,
            event_id: vec![header("webhook-id")],
            event_type: vec![body("type")],
            ..hmac_sha256("standard-webhooks", "webhook-signature")
        }
    }

    /// An HMAC-SHA256 of the body in `X-Webhook-Signature`: [`CustomScheme`]'s defaults.
    pub(crate) fn body_only() -> Self {
        CustomScheme::default().into_scheme().expect("the defaults contradict nothing; a test builds them")
    }
}

/// What most providers have in common: HMAC-SHA256 of the body, in hexadecimal, under a secret's own bytes.
fn hmac_sha256(name: &str, header: &str) -> Scheme {
    Scheme {
        name: name.into(),
        header: header.into(),
        layout: Layout::Single(Prefix::Algorithm),
        algorithm: Algorithm::HmacSha256,
        encoding: Encoding::LowerHex,
        content: template("{body}"),
        timestamp: None,
        window: Window::BothWays,
        id_header: None,
        secret_encoding: SecretEncoding::Text,
        event_id: Vec::new(),
        event_type: Vec::new(),
    }
}

fn template(text: &str) -> Template {
    text.parse().expect("the templates above are well formed; a test builds each")
}

fn header(name: &str) -> Source {
    Source::Header(name.into())
}

fn body(path: &str) -> Source {
    Source::Body(path.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_its_scheme() {
        for name in Scheme::NAMES {
            assert_eq!(Scheme::named(name).unwrap().name(), *name);
            assert!(Scheme::named(name).unwrap().warnings().is_empty());
        }
        assert_eq!(Scheme::named("nobody"), None);
    }
}
