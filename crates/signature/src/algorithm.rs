//! How a signature is computed.

use std::{fmt, str::FromStr};

use serde::Deserialize;
use thiserror::Error;

/// How a signature is computed. It comes from the configuration, never from a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub enum Algorithm {
    /// HMAC with SHA-256, a shared secret on both sides.
    HmacSha256,
    /// HMAC with SHA-1: only for senders that know nothing better.
    HmacSha1,
    /// HMAC with SHA-512.
    HmacSha512,
    /// RSA PKCS#1 v1.5 over SHA-256; verified with the sender's public key.
    RsaSha256,
    /// RSA PKCS#1 v1.5 over SHA-1: only for senders that know nothing better.
    RsaSha1,
    /// Ed25519; verified with the sender's public key.
    Ed25519,
    /// ECDSA on P-256 over SHA-256, the signature in DER; verified with the sender's public key.
    EcdsaP256,
    /// SHA-256 of the secret followed by the text. Whoever has one such hash can make that of a longer text: only for senders
    /// that know nothing better.
    Sha256Prefix,
    /// No signature: the secret itself stands in a header.
    Token,
    /// No signature: HTTP basic authentication, the secret being `user:password`.
    Basic,
}

/// No algorithm has this name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name:?} is not a signature algorithm; use one of {}", Algorithm::ALL.map(Algorithm::as_str).join(", "), name = .0)]
pub struct UnknownAlgorithm(pub String);

// === impl Algorithm ===

impl Algorithm {
    /// Every algorithm there is.
    pub const ALL: [Self; 10] = [
        Self::HmacSha256,
        Self::HmacSha1,
        Self::HmacSha512,
        Self::RsaSha256,
        Self::RsaSha1,
        Self::Ed25519,
        Self::EcdsaP256,
        Self::Sha256Prefix,
        Self::Token,
        Self::Basic,
    ];

    /// The name used in configuration files, such as `hmac-sha256`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha256 => "hmac-sha256",
            Self::HmacSha1 => "hmac-sha1",
            Self::HmacSha512 => "hmac-sha512",
            Self::RsaSha256 => "rsa-sha256",
            Self::RsaSha1 => "rsa-sha1",
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256 => "ecdsa-p256",
            Self::Sha256Prefix => "sha256-prefix",
            Self::Token => "token",
            Self::Basic => "basic",
        }
    }

    /// Whether it is an HMAC.
    pub fn is_hmac(self) -> bool {
        matches!(self, Self::HmacSha256 | Self::HmacSha1 | Self::HmacSha512)
    }

    /// Whether both sides hold the same secret; if not, the verifier holds a public key.
    pub fn is_shared(self) -> bool {
        self.is_hmac() || self.is_unsigned() || self == Self::Sha256Prefix
    }

    /// Whether it proves who sends, but nothing about the body.
    pub fn is_unsigned(self) -> bool {
        matches!(self, Self::Token | Self::Basic)
    }

    /// Whether it rests on SHA-1.
    pub fn is_sha1(self) -> bool {
        matches!(self, Self::HmacSha1 | Self::RsaSha1)
    }

    /// What with the same key might have been meant in its place, most likely first.
    pub(crate) fn with_other_hash(self) -> &'static [Self] {
        match self {
            Self::HmacSha256 => &[Self::HmacSha1, Self::HmacSha512],
            Self::HmacSha1 => &[Self::HmacSha256, Self::HmacSha512],
            Self::HmacSha512 => &[Self::HmacSha256, Self::HmacSha1],
            Self::Sha256Prefix => &[Self::HmacSha256],
            Self::RsaSha256 => &[Self::RsaSha1],
            Self::RsaSha1 => &[Self::RsaSha256],
            Self::Ed25519 | Self::EcdsaP256 | Self::Token | Self::Basic => &[],
        }
    }

    /// The name of the algorithm in a JSON Web Token.
    pub(crate) fn in_jwt(self) -> Option<&'static str> {
        match self {
            Self::HmacSha256 => Some("HS256"),
            Self::HmacSha512 => Some("HS512"),
            Self::RsaSha256 => Some("RS256"),
            Self::Ed25519 => Some("EdDSA"),
            _ => None,
        }
    }

    /// What a sender may write before a signature to name this algorithm.
    pub(crate) fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::HmacSha256 => &["sha256=", "hmac-sha256="],
            Self::HmacSha1 => &["sha1=", "hmac-sha1="],
            Self::HmacSha512 => &["sha512=", "hmac-sha512="],
            Self::RsaSha256 => &["rsa-sha256="],
            Self::RsaSha1 => &["rsa-sha1="],
            Self::Ed25519 => &["ed25519="],
            Self::EcdsaP256 => &["ecdsa-p256="],
            Self::Sha256Prefix | Self::Token | Self::Basic => &[],
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(text: &str) -> Result<Self, UnknownAlgorithm> {
        Self::ALL.into_iter().find(|a| a.as_str() == text).ok_or_else(|| UnknownAlgorithm(text.to_owned()))
    }
}

impl TryFrom<String> for Algorithm {
    type Error = UnknownAlgorithm;

    fn try_from(text: String) -> Result<Self, UnknownAlgorithm> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_read_from_the_name_it_prints() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
        }
        assert!("HMAC-SHA256".parse::<Algorithm>().is_err());
        assert!("md5".parse::<Algorithm>().is_err());
    }

    #[test]
    fn no_prefix_names_two_algorithms() {
        let all: Vec<_> = Algorithm::ALL.iter().flat_map(|a| a.prefixes()).collect();
        for (place, prefix) in all.iter().enumerate() {
            assert!(all[place + 1..].iter().all(|other| other != prefix));
        }
    }
}
