//! What a request offers, read far more leniently than a verifier may.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_PAD_INDIFFERENT, URL_SAFE_PAD_INDIFFERENT},
};

use crate::{
    Request, Scheme, body_path,
    layout::{Layout, Prefix},
};

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
    /// What stands where the scheme has it comes first.
    pub(super) timestamps: Vec<Offered>,
    pub(super) ids: Vec<Offered>,
    /// The names of further signed headers.
    pub(super) names: Vec<u8>,
}

/// A time or an id.
#[derive(Debug, Default)]
pub(super) struct Offered {
    pub(super) text: String,
    /// The header it stands in, if that is not where the scheme has it.
    pub(super) elsewhere: Option<String>,
}

/// How the signature header is divided, and what its elements are called.
struct Marks<'a> {
    prefix: &'a str,
    separator: char,
    assign: char,
    timestamp: Option<&'a str>,
    names: Option<&'a str>,
}

// === impl Evidence ===

impl Evidence {
    pub(super) fn gather(scheme: &Scheme, request: &Request<'_>) -> Self {
        let headers = request.headers;
        let values = |name: &str| -> Vec<String> {
            headers.values(name).into_iter().map(|v| String::from_utf8_lossy(v).trim().to_owned()).collect()
        };
        let marks = Marks::of(scheme);
        let in_body = scheme.signature_field().and_then(|path| body_path::pick(request.body, path));
        let texts: Vec<_> = scheme.signature_headers().flat_map(values).chain(in_body).collect();
        let elements = |names: &[&str]| -> Vec<String> {
            texts.iter().flat_map(|text| marks.elements(text, names)).map(str::to_owned).collect()
        };
        let mut evidence = Self::default();
        for text in &texts {
            evidence.add_signatures(text, scheme, &marks);
            evidence.names.extend(marks.names_in(text).unwrap_or_default().bytes());
        }
        let header = scheme.timestamp_header().into_iter().flat_map(values);
        evidence.timestamps.extend(header.chain(elements(marks.timestamp.as_slice())).map(Offered::own));
        evidence.ids.extend(scheme.places.id.as_deref().into_iter().flat_map(values).map(Offered::own));
        let common = elements(&["t", "ts"]).into_iter();
        evidence.timestamps.extend(common.map(|text| Offered::elsewhere(text, scheme.header())));
        let others = |name: &'static str| values(name).into_iter().map(|text| Offered::elsewhere(text, name));
        evidence.timestamps.extend(TIMESTAMP_HEADERS.into_iter().flat_map(others));
        evidence.ids.extend(ID_HEADERS.into_iter().flat_map(others));
        for list in [&mut evidence.timestamps, &mut evidence.ids] {
            list.retain(|offered| !offered.text.is_empty() && offered.text.len() <= 256);
            deduplicate(list);
        }
        evidence
    }

    /// Whatever in `text` decodes to as many bytes as some signature has.
    fn add_signatures(&mut self, text: &str, scheme: &Scheme, marks: &Marks<'_>) {
        let text = text.strip_prefix(marks.prefix).unwrap_or(text);
        if scheme.algorithm().is_unsigned() {
            let token = scheme.encoding().decode_any(text.as_bytes(), text.len());
            self.signatures.extend(token);
        }
        let tokens = text.split(marks.all()).flat_map(|token| {
            let pairs = [token.split_once('='), token.rsplit_once(marks.assign)].into_iter().flatten();
            let values = pairs.map(|(_, value)| value).filter(|value| value.len() > 2);
            std::iter::once(token).chain(values)
        });
        for token in tokens.take(MOST) {
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

// === impl Offered ===

impl Offered {
    fn own(text: String) -> Self {
        Self { text, elsewhere: None }
    }

    fn elsewhere(text: String, header: &str) -> Self {
        Self { text, elsewhere: Some(header.to_owned()) }
    }
}

/// The same text is the same, wherever it stands: the first is kept, and is the scheme's own if there is one.
impl PartialEq for Offered {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

// === impl Marks ===

impl<'a> Marks<'a> {
    fn of(scheme: &'a Scheme) -> Self {
        let common = Self { prefix: "", separator: ',', assign: '=', timestamp: None, names: None };
        match &scheme.layout {
            Layout::List(list) => Self {
                separator: char::from(list.separator),
                assign: char::from(list.assign),
                timestamp: list.timestamp.as_deref(),
                names: list.names.as_deref(),
                ..common
            },
            Layout::Single(Prefix::Required(prefix)) => Self { prefix, ..common },
            Layout::Single(Prefix::Algorithm) | Layout::Jwt => common,
        }
    }

    /// What might stand between elements or around them.
    fn all(&self) -> [char; 6] {
        [self.separator, ',', ' ', ';', '"', '\'']
    }

    /// The values of the elements of these names.
    fn elements<'t>(&self, text: &'t str, names: &[&str]) -> Vec<&'t str> {
        let pairs = text.split(self.all()).filter_map(|element| element.split_once(['=', self.assign]));
        let named = pairs.filter(|(name, _)| names.contains(name));
        named.map(|(_, value)| value.trim()).take(MOST).collect()
    }

    /// The element with the names of further signed headers, between which there are spaces.
    fn names_in<'t>(&self, text: &'t str) -> Option<&'t str> {
        let name = self.names?;
        let mut elements = text.split(self.separator);
        elements.find_map(|element| element.trim_start().strip_prefix(name)?.strip_prefix(self.assign))
    }
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
