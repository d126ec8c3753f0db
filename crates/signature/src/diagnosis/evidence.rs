//! What a request offers, read far more leniently than a verifier may.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_PAD_INDIFFERENT, URL_SAFE_PAD_INDIFFERENT},
};

use crate::{Request, Scheme, body_path};

/// Headers that hold a time in one scheme or another.
const TIMESTAMP_HEADERS: [&str; 5] = [
    "X-Webhook-Timestamp",
    "webhook-timestamp",
    "svix-timestamp",
    "X-Slack-Request-Timestamp",
    "X-Timestamp",
];

/// Headers that hold a message's id in one scheme or another.
const ID_HEADERS: [&str; 3] = ["webhook-id", "svix-id", "X-Webhook-Id"];

/// Enough for any honest header; a dishonest one shall not make a diagnosis slow.
const MOST: usize = 32;

/// What might be signatures, times and ids.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pub(super) signatures: Vec<Vec<u8>>,
    pub(super) timestamps: Vec<String>,
    pub(super) ids: Vec<String>,
    /// The names of further signed headers.
    pub(super) names: Vec<u8>,
}

// === impl Evidence ===

impl Evidence {
    pub(super) fn gather(scheme: &Scheme, request: &Request<'_>) -> Self {
        let headers = request.headers;
        let value = |name: &str| -> Vec<String> {
            headers.values(name).into_iter().map(|v| String::from_utf8_lossy(v).into_owned()).collect()
        };
        let mut evidence = Self::default();
        let in_body = scheme.signature_field().and_then(|path| body_path::pick(request.body, path));
        for text in scheme.signature_headers().flat_map(value).chain(in_body) {
            evidence.add_signatures(&text);
            evidence.timestamps.extend(elements(&text, &["t", "ts"]).map(str::to_owned));
            evidence.names.extend(listed(&text, "h").unwrap_or_default().bytes());
        }
        for name in scheme.timestamp_header().into_iter().chain(TIMESTAMP_HEADERS) {
            evidence.timestamps.extend(value(name).iter().map(|v| v.trim().to_owned()));
        }
        for name in scheme.places.id.as_deref().into_iter().chain(ID_HEADERS) {
            evidence.ids.extend(value(name));
        }
        for list in [&mut evidence.timestamps, &mut evidence.ids] {
            list.retain(|text| !text.is_empty() && text.len() <= 256);
            deduplicate(list);
        }
        evidence
    }

    /// Whatever in `text` decodes to as many bytes as some signature has.
    fn add_signatures(&mut self, text: &str) {
        let tokens = text.split([',', ' ', ';', '"', '\'']).flat_map(|token| {
            let value = token.split_once('=').map(|(_, value)| value).filter(|value| value.len() > 2);
            [Some(token), value]
        });
        for token in tokens.flatten().take(MOST) {
            let decoded = [
                hex::decode(token).ok(),
                STANDARD_PAD_INDIFFERENT.decode(token).ok(),
                URL_SAFE_PAD_INDIFFERENT.decode(token).ok(),
            ];
            self.signatures.extend(decoded.into_iter().flatten().filter(|bytes| bytes.len() >= 20));
        }
        deduplicate(&mut self.signatures);
    }
}

/// The values of the elements of these names.
fn elements<'a>(text: &'a str, names: &'a [&str]) -> impl Iterator<Item = &'a str> {
    text.split([',', ';', ' '])
        .filter_map(|element| element.split_once('='))
        .filter(|(name, _)| names.contains(name))
        .map(|(_, value)| value.trim())
        .take(MOST)
}

/// The value of one element, which may hold spaces.
fn listed<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split(',').find_map(|element| element.trim_start().strip_prefix(name)?.strip_prefix('='))
}

fn deduplicate<T: PartialEq>(list: &mut Vec<T>) {
    let mut kept: Vec<T> = Vec::new();
    for item in list.drain(..).take(MOST) {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    *list = kept;
}
