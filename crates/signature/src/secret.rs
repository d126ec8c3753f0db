//! Shared secrets, and how they are named without being shown.

use std::{fmt, ops::Deref};

use base64::{Engine, engine::general_purpose::STANDARD_PAD_INDIFFERENT};
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// What stands before a Standard Webhooks secret that is base64.
pub(crate) const WHSEC: &str = "whsec_";

/// A secret that a provider and we share.
///
/// It is wiped when dropped, and `Debug` shows its [`Fingerprint`] only.
#[derive(Clone)]
pub struct Secret {
    text: SecretString,
    fingerprint: Fingerprint,
}

/// How a secret's text becomes the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretEncoding {
    /// The text's own bytes.
    #[default]
    Text,
    /// Base64, perhaps after `whsec_`; a text that is not base64 stands for its own bytes.
    Whsec,
    /// Base64 after `whsec_`; a text without that prefix stands for its own bytes.
    #[serde(rename = "whsec-or-text")]
    WhsecOrText,
    /// Hexadecimal.
    Hex,
    /// Base64.
    Base64,
    /// The text with `&amp;`, `&lt;`, `&gt;`, `&quot;` and `&#039;` in it read as HTML reads them.
    Html,
}

/// Eight hex digits that name a key without showing it: the start of its SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 8]);

/// Why a text cannot be a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SecretError {
    /// Nothing in it, or only white space: everybody knows that secret.
    #[error("the secret is empty, and with an empty secret anybody could sign")]
    Empty,
    /// The provider's secrets are base64, perhaps after `whsec_`.
    #[error(
        "the secret is not base64 where this provider's secrets are (after whsec_, if it starts so); copy it again in full"
    )]
    NotBase64,
    /// The provider's secrets are hexadecimal.
    #[error("this provider's secrets are hexadecimal, and this one is not; copy it again in full")]
    NotHex,
}

// === impl Secret ===

impl Secret {
    /// Takes a secret as its provider shows it.
    ///
    /// # Errors
    /// If nothing but white space is in it.
    pub fn new(text: impl Into<SecretString>) -> Result<Self, SecretError> {
        let text = text.into();
        if text.expose_secret().trim().is_empty() {
            return Err(SecretError::Empty);
        }
        let fingerprint = Fingerprint::of(text.expose_secret().as_bytes());
        Ok(Self { text, fingerprint })
    }

    /// Names this secret without showing it.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Whether `text` is this secret, compared in constant time.
    pub fn is(&self, text: &[u8]) -> bool {
        crate::same(text, self.text().as_bytes())
    }

    pub(crate) fn text(&self) -> &str {
        self.text.expose_secret()
    }

    /// The key that the secret's text stands for.
    pub(crate) fn bytes(&self, encoding: SecretEncoding) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        let text = self.text();
        let as_it_is = || Zeroizing::new(text.as_bytes().to_vec());
        match (encoding, text.strip_prefix(WHSEC)) {
            (SecretEncoding::Whsec | SecretEncoding::WhsecOrText, Some(base64)) => decode(base64),
            (SecretEncoding::Whsec, None) => Ok(decode(text).unwrap_or_else(|_| as_it_is())),
            (SecretEncoding::Base64, _) => decode(text),
            (SecretEncoding::Hex, _) => {
                hex::decode(text).map(Zeroizing::new).map_err(|_| SecretError::NotHex)
            }
            (SecretEncoding::Html, _) => Ok(unescape(text)),
            (SecretEncoding::Text | SecretEncoding::WhsecOrText, _) => Ok(as_it_is()),
        }
    }
}

/// What HTML's escapes of its own five characters stand for; nothing is read twice.
fn unescape(text: &str) -> Zeroizing<Vec<u8>> {
    const ESCAPES: [(&str, u8); 8] = [
        ("&amp;", b'&'),
        ("&#038;", b'&'),
        ("&lt;", b'<'),
        ("&gt;", b'>'),
        ("&quot;", b'"'),
        ("&#039;", b'\''),
        ("&#39;", b'\''),
        ("&#x27;", b'\''),
    ];
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_bytes();
    while let Some(first) = rest.first() {
        let escape = ESCAPES.iter().find(|(escape, _)| rest.starts_with(escape.as_bytes()));
        let (byte, length) = escape.map_or((*first, 1), |(escape, byte)| (*byte, escape.len()));
        bytes.push(byte);
        rest = &rest[length..];
    }
    bytes
}

/// Padding may be left off, as the Standard Webhooks libraries let it.
fn decode(base64: &str) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let bytes = STANDARD_PAD_INDIFFERENT.decode(base64).map_err(|_| SecretError::NotBase64)?;
    if bytes.is_empty() { Err(SecretError::Empty) } else { Ok(Zeroizing::new(bytes)) }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.fingerprint)
    }
}

// === impl Fingerprint ===

impl Fingerprint {
    pub(crate) fn of(key: &[u8]) -> Self {
        let digest = Sha256::digest(key);
        let mut digits = [0; 8];
        hex::encode_to_slice(&digest[..4], &mut digits).expect("four bytes are eight hex digits");
        Self(digits)
    }

    /// The eight digits.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("hex digits are ASCII")
    }
}

impl Deref for Fingerprint {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_of_nothing_or_of_white_space_is_refused() {
        for text in ["", " ", "\n", "\t \r\n"] {
            assert_eq!(Secret::new(text).unwrap_err(), SecretError::Empty);
        }
    }

    #[test]
    fn a_secret_shows_its_fingerprint_only() {
        let secret = Secret::new("hunter2").unwrap();
        // The first digits of `printf hunter2 | sha256sum`.
        assert_eq!(format!("{secret:?}"), "Secret(f52fbd32)");
        assert_eq!(&*secret.fingerprint(), "f52fbd32");
    }

    #[test]
    fn a_whsec_secret_is_base64_only_where_the_scheme_says_so() {
        let secret = Secret::new("whsec_AAEC").unwrap();
        assert_eq!(*secret.bytes(SecretEncoding::Whsec).unwrap(), [0, 1, 2]);
        assert_eq!(*secret.bytes(SecretEncoding::Text).unwrap(), b"whsec_AAEC");
        let bare = Secret::new("AAEC").unwrap();
        assert_eq!(*bare.bytes(SecretEncoding::Whsec).unwrap(), [0, 1, 2]);
        assert_eq!(*bare.bytes(SecretEncoding::WhsecOrText).unwrap(), b"AAEC");
        let plain = Secret::new("no base64!").unwrap();
        assert_eq!(*plain.bytes(SecretEncoding::Whsec).unwrap(), b"no base64!");
    }

    #[test]
    fn an_html_secret_is_what_its_escapes_stand_for() {
        let bytes = |text: &str| Secret::new(text).unwrap().bytes(SecretEncoding::Html).unwrap().to_vec();
        assert_eq!(bytes("a&amp;b&lt;&gt;&quot;&#039;é"), "a&b<>\"'é".as_bytes());
        assert_eq!(bytes("&amp;lt; &x;"), b"&lt; &x;");
    }

    #[test]
    fn a_whsec_secret_must_decode_to_something() {
        let bytes = |text: &str| Secret::new(text).unwrap().bytes(SecretEncoding::Whsec);
        assert_eq!(bytes("whsec_").unwrap_err(), SecretError::Empty);
        assert_eq!(bytes("whsec_?").unwrap_err(), SecretError::NotBase64);
        assert_eq!(*bytes("whsec_AAE").unwrap(), [0, 1]);
    }
}
