//! The parts of a signed text that have to be computed from the request.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::{HeaderSource, Request, Single, body_path, jwt};

/// A part of the signed text that does not stand in the request as such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Computed {
    /// `{form}`: the body's fields sorted by name, each name followed by its value. A URL with `bodySHA256` stands
    /// for a body that is no form: then nothing, if the hash is right.
    Form,
    /// `{sns}`: the fields that Amazon SNS signs, name and value on a line each.
    Sns,
    /// `{crc32}`: of the body, in decimal.
    Crc32,
    /// `{signed_headers}`: the names that the signature header lists, a full stop, their values joined by one.
    SignedHeaders,
    /// `{body:a.b}`: the scalar at that path; nothing if there is none.
    Field(String),
    /// `{header:Name}`: that header's value.
    Header(String),
    /// `{php_form:name}`: the form's fields but this one, sorted by name, as PHP's `serialize` writes an array of texts.
    PhpForm(String),
    /// `{jwt:claim}`: the header and the claims of a JSON Web Token, if this claim is the base64 of the body's SHA-256.
    Jwt(String),
}

impl Computed {
    /// `None` if the request contradicts itself, so that no signature can be right.
    pub(crate) fn of(&self, request: &Request<'_>, url: &str, names: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Form => form(url, request.body),
            Self::Sns => sns(request.body),
            Self::Crc32 => Some(crc32(request.body).to_string().into_bytes()),
            Self::SignedHeaders => signed_headers(request.headers, names),
            Self::Field(path) => Some(body_path::pick(request.body, path).unwrap_or_default().into_bytes()),
            Self::Header(name) => match request.headers.single(name) {
                Single::Value(value) => Some(value.to_vec()),
                Single::Absent | Single::Conflict => None,
            },
            Self::PhpForm(own) => Some(php_form(request.body, own)),
            Self::Jwt(claim) => jwt(request.body, names, claim),
        }
    }
}

fn php_form(body: &[u8], own: &str) -> Vec<u8> {
    let fields: BTreeMap<_, _> = form_urlencoded::parse(body).filter(|(name, _)| name != own).collect();
    let mut text = format!("a:{}:{{", fields.len());
    for value in fields.iter().flat_map(|(name, value)| [name, value]) {
        text.push_str(&format!("s:{}:\"{value}\";", value.len()));
    }
    text.push('}');
    text.into_bytes()
}

fn jwt(body: &[u8], token: &[u8], claim: &str) -> Option<Vec<u8>> {
    let hash = STANDARD.encode(Sha256::digest(body));
    (jwt::claim(token, claim)? == hash).then(|| token.to_vec())
}

fn form(url: &str, body: &[u8]) -> Option<Vec<u8>> {
    let query = url.split_once('?').map(|(_, query)| query.as_bytes()).unwrap_or_default();
    if let Some((_, hash)) = form_urlencoded::parse(query).find(|(name, _)| name == "bodySHA256") {
        return (*hash == hex::encode(Sha256::digest(body))).then(Vec::new);
    }
    let mut fields: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        fields.entry(name).or_default().insert(value);
    }
    let mut text = Vec::with_capacity(body.len());
    for (name, values) in &fields {
        for value in values {
            text.extend_from_slice(name.as_bytes());
            text.extend_from_slice(value.as_bytes());
        }
    }
    Some(text)
}

fn sns(body: &[u8]) -> Option<Vec<u8>> {
    let value = |name: &str| body_path::pick(body, name);
    let names: &[&str] = match value("Type")?.as_str() {
        "Notification" => &["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
        _ => &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
    };
    let mut text = String::with_capacity(body.len());
    for name in names {
        match value(name) {
            Some(value) => text.extend([*name, "\n", &value, "\n"]),
            None if *name == "Subject" => {}
            None => return None,
        }
    }
    Some(text.into_bytes())
}

/// More headers than any sender signs.
const MOST_NAMES: usize = 32;

fn signed_headers(headers: &dyn HeaderSource, names: &[u8]) -> Option<Vec<u8>> {
    let mut text = names.to_vec();
    let names = str::from_utf8(names).ok()?;
    if names.split(' ').count() > MOST_NAMES {
        return None;
    }
    for name in names.split(' ') {
        text.push(b'.');
        match headers.single(name) {
            Single::Value(value) => text.extend_from_slice(value),
            Single::Absent => {}
            Single::Conflict => return None,
        }
    }
    Some(text)
}

const CRC: [u32; 256] = crc_table();

const fn crc_table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut place = 0;
    while place < 256 {
        let mut value = place as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { value >> 1 ^ 0xedb8_8320 } else { value >> 1 };
            bit += 1;
        }
        table[place] = value;
        place += 1;
    }
    table
}

/// The checksum of ISO 3309, as zip files have it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, byte| CRC[usize::from(crc as u8 ^ byte)] ^ crc >> 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_everybody_else() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn a_form_is_sorted_and_its_values_are_sorted_and_without_repeats() {
        let text = |url: &str, body: &str| form(url, body.as_bytes()).map(|t| String::from_utf8(t).unwrap());
        assert_eq!(text("https://a/", "b=2&a=x+y&b=1&b=2&c=").unwrap(), "ax yb1b2c");
        assert_eq!(text("https://a/", "").unwrap(), "");
        let hash = hex::encode(Sha256::digest(b"{}"));
        assert_eq!(text(&format!("https://a/?bodySHA256={hash}"), "{}").unwrap(), "");
        assert_eq!(text(&format!("https://a/?bodySHA256={hash}"), "{ }"), None);
    }

    #[test]
    fn a_form_is_written_as_php_writes_it_without_its_own_signature() {
        let text = php_form("b=%C3%A9+x&p_signature=abc&a=1".as_bytes(), "p_signature");
        assert_eq!(String::from_utf8(text).unwrap(), "a:2:{s:1:\"a\";s:1:\"1\";s:1:\"b\";s:4:\"é x\";}");
        assert_eq!(php_form(b"", "p_signature"), b"a:0:{}");
    }

    #[test]
    fn signed_headers_are_names_and_values() {
        let headers = [("A", "1"), ("b", "2")];
        assert_eq!(signed_headers(&headers, b"a b").unwrap(), b"a b.1.2");
    }
}
