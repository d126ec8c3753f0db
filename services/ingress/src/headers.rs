//! Request headers: as the verifier reads them, and those that are kept with the event.

use actix_web::http::header::HeaderMap;
use event::Headers;
use settings::Endpoint;
use signature::{HeaderSource, Single};

/// Headers as received.
pub(crate) struct Received<'r>(pub(crate) &'r HeaderMap);

/// Never kept: credentials, and what concerns only the connection.
const LEFT_OUT: &[&str] = &[
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-real-ip",
];

/// A header whose name holds one of these may hold something that proves who one is.
const TELLING: &[&str] =
    &["signature", "token", "secret", "hmac", "api-key", "apikey", "password", "x-forwarded-"];

/// Bounds of what is kept.
const MOST_HEADERS: usize = 64;
const LONGEST_VALUE: usize = 2048;

// === impl Received ===

impl HeaderSource for Received<'_> {
    fn values(&self, name: &str) -> Vec<&[u8]> {
        self.0.get_all(name).map(|value| value.as_bytes()).collect()
    }

    fn single(&self, name: &str) -> Single<'_> {
        Single::of(self.0.get_all(name).map(|value| value.as_bytes()))
    }
}

/// The headers that stay with the event: nothing that proves an identity.
pub(crate) fn kept(received: &HeaderMap, endpoint: &Endpoint) -> Headers {
    let signed = endpoint.scheme.header();
    let fit = received.iter().filter(|(name, value)| {
        let name = name.as_str();
        !LEFT_OUT.contains(&name)
            && !name.eq_ignore_ascii_case(signed)
            && !TELLING.iter().any(|part| name.contains(part))
            && value.len() <= LONGEST_VALUE
    });
    fit.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).take(MOST_HEADERS).collect()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        pairs.collect()
    }

    #[test]
    fn what_proves_an_identity_is_not_kept() {
        let file = "[[endpoints]]\nid = \"a\"\nprovider = \"github\"\nsecrets = [\"0123456789abcdef\"]";
        let settings = settings::parse(file, "test.toml", &|_| None).unwrap();
        let received = map(&[
            ("authorization", "Bearer x"),
            ("cookie", "a=b"),
            ("x-hub-signature-256", "sha256=00"),
            ("x-hub-signature", "sha1=00"),
            ("x-gitlab-token", "t"),
            ("x-forwarded-for", "1.2.3.4"),
            ("x-github-event", "push"),
            ("user-agent", "GitHub-Hookshot/1"),
        ]);
        let kept = kept(&received, &settings.endpoints[0]);
        let mut names: Vec<&str> = kept.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        assert_eq!(names, ["user-agent", "x-github-event"]);
    }

    #[test]
    fn a_header_sent_twice_is_told_as_such() {
        let mut received = map(&[("x-webhook-signature", "a")]);
        received.append(HeaderName::from_static("x-webhook-signature"), HeaderValue::from_static("b"));
        assert!(matches!(Received(&received).single("X-Webhook-Signature"), Single::Conflict));
        assert_eq!(Received(&received).values("x-webhook-signature").len(), 2);
        assert!(matches!(Received(&received).single("x-other"), Single::Absent));
    }
}
