//! How a signature is computed.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// How a signature is computed. It comes from the configuration, never from a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// HMAC with SHA-256, a shared secret on both sides.
    HmacSha256,
    /// HMAC with SHA-1: only for senders that know nothing better.
    HmacSha1,
    /// RSA PKCS#1 v1.5 over SHA-256; verified with the sender's public key.
    RsaSha256,
    /// RSA PKCS#1 v1.5 over SHA-1: only for senders that know nothing better.
    RsaSha1,
}

/// No algorithm has this name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not a signature algorithm; use one of hmac-sha256, hmac-sha1, rsa-sha256, rsa-sha1")]
pub struct UnknownAlgorithm(pub String);

// === impl Algorithm ===

impl Algorithm {
    /// Every algorithm there is.
    pub const ALL: [Self; 4] = [Self::HmacSha256, Self::HmacSha1, Self::RsaSha256, Self::RsaSha1];

    /// The name used in configuration files: `hmac-sha256`, `hmac-sha1`, `rsa-sha256` or `rsa-sha1`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha256 => "hmac-sha256",
            Self::HmacSha1 => "hmac-sha1",
            Self::RsaSha256 => "rsa-sha256",
            Self::RsaSha1 => "rsa-sha1",
        }
    }

    /// Whether both sides hold the same secret; if not, the verifier holds a public key.
    pub fn is_hmac(self) -> bool {
        matches!(self, Self::HmacSha256 | Self::HmacSha1)
    }

    /// Whether it rests on SHA-1.
    pub fn is_sha1(self) -> bool {
        matches!(self, Self::HmacSha1 | Self::RsaSha1)
    }

    /// The same construction with the other hash.
    pub(crate) fn with_other_hash(self) -> Self {
        match self {
            Self::HmacSha256 => Self::HmacSha1,
            Self::HmacSha1 => Self::HmacSha256,
            Self::RsaSha256 => Self::RsaSha1,
            Self::RsaSha1 => Self::RsaSha256,
        }
    }

    /// What a sender may write before a signature to name this algorithm.
    pub(crate) fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::HmacSha256 => &["sha256=", "hmac-sha256="],
            Self::HmacSha1 => &["sha1=", "hmac-sha1="],
            Self::RsaSha256 => &["rsa-sha256="],
            Self::RsaSha1 => &["rsa-sha1="],
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
