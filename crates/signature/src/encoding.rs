//! How a signature's bytes are written.

use std::{fmt, str::FromStr};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde::Deserialize;
use thiserror::Error;

use crate::Flaw;

/// How a signature's bytes are written in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub enum Encoding {
    /// Hexadecimal, all lower or all upper case.
    Hex,
    /// Hexadecimal, lower case only, as the libraries of Stripe, GitHub and Slack compare it.
    LowerHex,
    /// Hexadecimal, upper case only.
    UpperHex,
    /// Base64 of the standard alphabet, padded, canonical.
    Base64,
    /// Base64 of the URL's alphabet, without padding, canonical.
    Base64Url,
    /// [`Hex`](Self::Hex) or [`Base64`](Self::Base64); the length tells which.
    Either,
    /// As it is: a token that is no bytes written in letters.
    Text,
}

/// What turns a letter of this case into a lower-case one.
const LOWER: u8 = 0;
const UPPER: u8 = 0x20;

/// No encoding has this name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not an encoding; use one of hex, lower-hex, upper-hex, base64, base64url, either, text")]
pub struct UnknownEncoding(pub String);

// === impl Encoding ===

impl Encoding {
    /// Every encoding there is.
    pub const ALL: [Self; 7] =
        [Self::Hex, Self::LowerHex, Self::UpperHex, Self::Base64, Self::Base64Url, Self::Either, Self::Text];

    /// The name used in configuration files: `hex`, `lower-hex`, `upper-hex`, `base64`,
    /// `base64url`, `either` or `text`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::LowerHex => "lower-hex",
            Self::UpperHex => "upper-hex",
            Self::Base64 => "base64",
            Self::Base64Url => "base64url",
            Self::Either => "either",
            Self::Text => "text",
        }
    }

    /// Fills the first `size` bytes of `out` from `text`, which must hold exactly that many.
    ///
    /// `out` has at least two bytes more than `size`: base64 is decoded in groups of three.
    pub(crate) fn decode(self, text: &[u8], out: &mut [u8], size: usize) -> Result<(), Flaw> {
        let is_hex_long = text.len() == size * 2;
        let is_base64_long = text.len() == size.div_ceil(3) * 4;
        match self {
            Self::Hex | Self::Either if is_hex_long => decode_hex(text, &mut out[..size], &[LOWER, UPPER]),
            Self::LowerHex if is_hex_long => decode_hex(text, &mut out[..size], &[LOWER]),
            Self::UpperHex if is_hex_long => decode_hex(text, &mut out[..size], &[UPPER]),
            Self::Base64 | Self::Either if is_base64_long => decode_base64(&STANDARD, text, out, size),
            Self::Base64Url if text.len() == (size * 4).div_ceil(3) => {
                decode_base64(&URL_SAFE_NO_PAD, text, out, size)
            }
            _ => Err(self.why_wrong_length(text)),
        }
    }

    /// Decodes a text that may stand for any number of bytes up to `most`.
    pub(crate) fn decode_any(self, text: &[u8], most: usize) -> Result<Vec<u8>, Flaw> {
        let bytes = match self {
            Self::Text => text.to_vec(),
            Self::Base64 => STANDARD.decode(text).map_err(|_| Flaw::NotBase64)?,
            Self::Base64Url => URL_SAFE_NO_PAD.decode(text).map_err(|_| Flaw::NotBase64)?,
            Self::Hex | Self::LowerHex | Self::UpperHex => hex::decode(text).map_err(|_| Flaw::NotHex)?,
            // DER in base64 begins with an M, and nothing of that is hexadecimal.
            Self::Either => {
                hex::decode(text).ok().or_else(|| STANDARD.decode(text).ok()).ok_or(Flaw::NotHexNorBase64)?
            }
        };
        if bytes.is_empty() || bytes.len() > most { Err(self.why_wrong_length(text)) } else { Ok(bytes) }
    }

    /// Writes `bytes`; [`Either`](Self::Either) writes hexadecimal.
    pub(crate) fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex | Self::LowerHex | Self::Either => hex::encode(bytes),
            Self::UpperHex => hex::encode_upper(bytes),
            Self::Base64 => STANDARD.encode(bytes),
            Self::Base64Url => URL_SAFE_NO_PAD.encode(bytes),
            Self::Text => String::from_utf8_lossy(bytes).into_owned(),
        }
    }

    /// Junk is said to be junk, whatever its length.
    fn why_wrong_length(self, text: &[u8]) -> Flaw {
        let is_hex = text.iter().all(u8::is_ascii_hexdigit);
        let others: &[u8] = if self == Self::Base64Url { b"-_" } else { b"+/=" };
        let is_base64 = text.iter().all(|c| c.is_ascii_alphanumeric() || others.contains(c));
        match self {
            _ if text.is_empty() => Flaw::NoSignature,
            Self::Hex | Self::LowerHex | Self::UpperHex if !is_hex => Flaw::NotHex,
            Self::Base64 | Self::Base64Url if !is_base64 => Flaw::NotBase64,
            Self::Either if !is_hex && !is_base64 => Flaw::NotHexNorBase64,
            _ => Flaw::WrongLength,
        }
    }
}

/// All lower or all upper case. Mixed case is nobody's habit; refusing it leaves one text for one signature, up to
/// its case.
fn decode_hex(text: &[u8], out: &mut [u8], cases: &[u8]) -> Result<(), Flaw> {
    // No step depends on what a byte is, so each pass takes sixteen of them at once: read by a table, the 64 digits showed
    // beside the HMAC of a small body.
    let is_digit = |c: u8, case: u8| (c.wrapping_sub(b'0') < 10) | ((c ^ case).wrapping_sub(b'a') < 6);
    let is_hex = |case: &u8| text.iter().fold(true, |good, c| good & is_digit(*c, *case));
    for (pair, byte) in text.as_chunks::<2>().0.iter().zip(out) {
        let pair = u16::from_be_bytes(*pair);
        // A letter has 0x40 set, and its low bits count from 1: nine more make it a digit.
        let digits = (pair & 0x0f0f) + (pair >> 6 & 0x0101) + (pair >> 3 & 0x0808);
        *byte = (digits >> 4 | digits & 0x0f) as u8;
    }
    if cases.iter().any(is_hex) { Ok(()) } else { Err(Flaw::NotHex) }
}

fn decode_base64(engine: &impl Engine, text: &[u8], out: &mut [u8], size: usize) -> Result<(), Flaw> {
    match engine.decode_slice(text, out) {
        Ok(written) if written == size => Ok(()),
        Ok(_) => Err(Flaw::WrongLength),
        Err(_) => Err(Flaw::NotBase64),
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Encoding {
    type Err = UnknownEncoding;

    fn from_str(text: &str) -> Result<Self, UnknownEncoding> {
        Self::ALL.into_iter().find(|e| e.as_str() == text).ok_or_else(|| UnknownEncoding(text.to_owned()))
    }
}

impl TryFrom<String> for Encoding {
    type Error = UnknownEncoding;

    fn try_from(text: String) -> Result<Self, UnknownEncoding> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(encoding: Encoding, text: &str) -> Result<[u8; 4], Flaw> {
        let mut out = [0; 6];
        encoding.decode(text.as_bytes(), &mut out, 4)?;
        Ok([out[0], out[1], out[2], out[3]])
    }

    #[test]
    fn hex_is_read_in_either_case_but_not_mixed() {
        assert_eq!(decode(Encoding::Hex, "deadbeef"), Ok([0xde, 0xad, 0xbe, 0xef]));
        assert_eq!(decode(Encoding::Hex, "DEADBEEF"), Ok([0xde, 0xad, 0xbe, 0xef]));
        assert_eq!(decode(Encoding::Hex, "DEADbeef"), Err(Flaw::NotHex));
        assert_eq!(decode(Encoding::LowerHex, "DEADBEEF"), Err(Flaw::NotHex));
        assert_eq!(decode(Encoding::Hex, "deadbeeg"), Err(Flaw::NotHex));
    }

    #[test]
    fn base64_is_read_only_in_its_canonical_form() {
        assert_eq!(decode(Encoding::Base64, "3q2+7w=="), Ok([0xde, 0xad, 0xbe, 0xef]));
        assert_eq!(decode(Encoding::Base64, "3q2+7x=="), Err(Flaw::NotBase64), "stray bits at the end");
        assert_eq!(decode(Encoding::Base64, "3q2-7w=="), Err(Flaw::NotBase64), "the URL alphabet");
        assert_eq!(decode(Encoding::Base64, "3q2+7w"), Err(Flaw::WrongLength), "no padding");
        assert_eq!(decode(Encoding::Base64, "3q2+ w=="), Err(Flaw::NotBase64), "a space inside");
        assert_eq!(decode(Encoding::Base64, "3q2+7w4="), Err(Flaw::WrongLength), "five bytes");
    }

    #[test]
    fn either_tells_them_apart_by_length() {
        // Both texts are eight characters for four bytes, so four bytes can't show it; thirty-two can.
        let mut out = [0; 34];
        let bytes = [0x5a; 32];
        Encoding::Either.decode(hex::encode(bytes).as_bytes(), &mut out, 32).unwrap();
        assert_eq!(out[..32], bytes);
        Encoding::Either.decode(STANDARD.encode(bytes).as_bytes(), &mut out, 32).unwrap();
        assert_eq!(out[..32], bytes);
        assert_eq!(Encoding::Either.decode(b"zz", &mut out, 32), Err(Flaw::WrongLength));
        assert_eq!(Encoding::Either.decode(b"z!", &mut out, 32), Err(Flaw::NotHexNorBase64));
        assert_eq!(Encoding::Either.decode(b"", &mut out, 32), Err(Flaw::NoSignature));
    }
}
