//! Request headers: as the verifier reads them, and those that are kept with the event.

use std::sync::LazyLock;

use actix_web::http::header::HeaderMap;
use aho_corasick::AhoCorasick;
use event::Headers;
use settings::Endpoint;
use signature::{HeaderSource, Single, Source};

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
const TELLING: [&str; 8] =
    ["signature", "token", "secret", "hmac", "api-key", "apikey", "password", "x-forwarded-"];

/// Whether a name holds one of [`TELLING`]: looked for all at once, since every name of every request is asked about.
fn is_telling(name: &str) -> bool {
    static ANY: LazyLock<AhoCorasick> =
        LazyLock::new(|| AhoCorasick::new(TELLING).expect("a few short words are no large automaton"));
    ANY.is_match(name)
}

/// Bounds of what is kept.
const MOST_HEADERS: usize = 64;
const LONGEST_VALUE: usize = 2048;

// === impl Received ===

impl Received<'_> {
    /// Names are compared: the map's own look-up makes a `HeaderName` of the text first, which allocates.
    fn named(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let named = self.0.iter().filter(move |(own, _)| own.as_str().eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_bytes())
    }
}

impl HeaderSource for Received<'_> {
    fn values(&self, name: &str) -> Vec<&[u8]> {
        self.named(name).collect()
    }

    fn single(&self, name: &str) -> Single<'_> {
        Single::of(self.named(name))
    }
}

/// The headers that stay with the event: nothing that proves an identity.
pub(crate) fn kept(received: &HeaderMap, endpoint: &Endpoint) -> Headers {
    let text = received.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let fit = text.filter(|(name, value)| {
        !LEFT_OUT.contains(name)
            && !is_telling(name)
            && value.len() <= LONGEST_VALUE
            && !is_credential(value)
            && !has_signature(name, endpoint)
    });
    fit.take(MOST_HEADERS).collect()
}

/// Does the endpoint's scheme have its signature there, or its token?
fn has_signature(name: &str, endpoint: &Endpoint) -> bool {
    endpoint.scheme.signature_headers().any(|own| own.eq_ignore_ascii_case(name))
}

/// Whatever the header is called.
fn is_credential(value: &str) -> bool {
    let scheme = value.split(' ').next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("basic") || scheme.eq_ignore_ascii_case("bearer")
}

/// Prove who one is by themselves.
const CREDENTIALS: &[&str] = &["authorization", "cookie", "proxy-authorization"];

/// Stands for a value that is not kept.
const MASKED: &str = "(masked)";

/// The headers with which a refused request can be judged again: those of an event, and the signature with what it
/// is made of. A signature is no secret by itself: it proves one body, which is kept beside it, and whoever may read
/// the quarantine may replay that body anyway. Credentials, which would open other doors, leave only their names; so
/// does a token where the scheme has one instead of a signature: such a request stays refused.
pub(crate) fn judged(received: &HeaderMap, endpoint: &Endpoint) -> Headers {
    let text = received.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let kept = text.filter_map(|(name, value)| match judge(name, value, endpoint) {
        Judged::Kept if value.len() <= LONGEST_VALUE || signs(name, endpoint) => Some((name, value)),
        Judged::Masked => Some((name, MASKED)),
        Judged::Kept | Judged::LeftOut => None,
    });
    kept.collect()
}

/// What becomes of a header of a refused request.
enum Judged {
    Kept,
    Masked,
    LeftOut,
}

fn judge(name: &str, value: &str, endpoint: &Endpoint) -> Judged {
    let is_token = endpoint.scheme.algorithm().is_unsigned() && has_signature(name, endpoint);
    if is_token || is_credential(value) {
        Judged::Masked
    } else if signs(name, endpoint) {
        Judged::Kept
    } else if CREDENTIALS.contains(&name) {
        Judged::Masked
    } else if LEFT_OUT.contains(&name) || name.starts_with("x-forwarded-") {
        Judged::LeftOut
    } else if is_telling(name) {
        Judged::Masked
    } else {
        Judged::Kept
    }
}

/// Is a signature made of it? By its name, since the endpoint's scheme may be what is wrong, or by that scheme.
fn signs(name: &str, endpoint: &Endpoint) -> bool {
    let ids = endpoint.scheme.event_id_source().iter().filter_map(|source| match source {
        Source::Header(name) => Some(name.as_str()),
        Source::Body(_) => None,
    });
    let mut known = ids.chain(endpoint.scheme.timestamp_header()).chain(endpoint.scheme.signature_headers());
    name.contains("signature") || name.contains("hmac") || known.any(|known| known.eq_ignore_ascii_case(name))
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
            ("x-own", "Bearer x"),
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
    fn to_be_judged_again_signatures_are_kept_and_credentials_masked() {
        let file = "[[endpoints]]\nid = \"a\"\nprovider = \"custom\"\nsecrets = [\"0123456789abcdef\"]\n\
                    signature = { algorithm = \"hmac-sha256\", header = \"X-Sign\", timestamp_header = \"X-At\" }";
        let settings = settings::parse(file, "test.toml", &|_| None).unwrap();
        let received = map(&[
            ("authorization", "Bearer open-sesame"),
            ("cookie", "a=open-sesame"),
            ("x-gitlab-token", "open-sesame"),
            ("x-api-key", "open-sesame"),
            ("x-own", "Basic open-sesame"),
            ("x-forwarded-for", "1.2.3.4"),
            ("host", "a"),
            ("x-sign", "00ff"),
            ("x-at", "1700000000"),
            ("stripe-signature", "t=1,v1=00"),
            ("content-type", "application/json"),
        ]);
        let kept = judged(&received, &settings.endpoints[0]);
        assert!(!kept.to_json().contains("sesame"), "{}", kept.to_json());
        for name in ["authorization", "cookie", "x-gitlab-token", "x-api-key", "x-own"] {
            assert_eq!(kept.get(name), Some(MASKED), "{name}");
        }
        for (name, value) in [
            ("x-sign", "00ff"),
            ("x-at", "1700000000"),
            ("stripe-signature", "t=1,v1=00"),
            ("content-type", "application/json"),
        ] {
            assert_eq!(kept.get(name), Some(value), "{name}");
        }
        assert_eq!((kept.get("host"), kept.get("x-forwarded-for")), (None, None));
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
