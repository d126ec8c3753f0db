//! RSA keys from PEM.

use rsa::{
    PrivateKey, PublicKey,
    pkcs1::{DecodeRsaPrivateKey, DecodeRsaPublicKey, EncodeRsaPublicKey},
    pkcs8::{DecodePrivateKey, DecodePublicKey},
    traits::PublicKeyParts,
};
use thiserror::Error;

use crate::Fingerprint;

const BITS: std::ops::RangeInclusive<u32> = 2048..=8192;

/// Why a text is not a usable RSA key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PemError {
    /// No PEM block of the right kind.
    #[error("this is no PEM key: {wanted} is expected")]
    Label {
        /// The labels that may stand after `BEGIN`.
        wanted: &'static str,
    },
    /// The PEM block holds something other than an RSA key.
    #[error("the PEM block does not hold an RSA key that can be read")]
    Content,
    /// Shorter than is safe, or longer than anybody needs.
    #[error("the RSA key has {bits} bits; between 2048 and 8192 are accepted")]
    Size {
        /// How long the modulus is.
        bits: u32,
    },
}

/// Reads `BEGIN PUBLIC KEY` (SPKI) or `BEGIN RSA PUBLIC KEY` (PKCS#1).
pub(crate) fn public(pem: &str) -> Result<PublicKey, PemError> {
    let pem = pem.trim();
    let key = match label(pem) {
        Some("PUBLIC KEY") => PublicKey::from_public_key_pem(pem).map_err(|_| PemError::Content)?,
        Some("RSA PUBLIC KEY") => PublicKey::from_pkcs1_pem(pem).map_err(|_| PemError::Content)?,
        _ => return Err(PemError::Label { wanted: "BEGIN PUBLIC KEY or BEGIN RSA PUBLIC KEY" }),
    };
    check_size(&key)?;
    Ok(key)
}

/// Reads `BEGIN PRIVATE KEY` (PKCS#8) or `BEGIN RSA PRIVATE KEY` (PKCS#1).
pub(crate) fn private(pem: &str) -> Result<PrivateKey, PemError> {
    let pem = pem.trim();
    let key = match label(pem) {
        Some("PRIVATE KEY") => PrivateKey::from_pkcs8_pem(pem).map_err(|_| PemError::Content)?,
        Some("RSA PRIVATE KEY") => PrivateKey::from_pkcs1_pem(pem).map_err(|_| PemError::Content)?,
        _ => return Err(PemError::Label { wanted: "BEGIN PRIVATE KEY or BEGIN RSA PRIVATE KEY" }),
    };
    check_size(key.as_public_key())?;
    Ok(key)
}

/// The same for one key in either form.
pub(crate) fn fingerprint(key: &PublicKey) -> Fingerprint {
    let der = key.to_pkcs1_der().expect("a key that was read can be written");
    Fingerprint::of(der.as_bytes())
}

fn label(pem: &str) -> Option<&str> {
    pem.strip_prefix("-----BEGIN ")?.split_once("-----").map(|(label, _)| label)
}

fn check_size(key: &PublicKey) -> Result<(), PemError> {
    let bits = key.n().bit_width();
    if BITS.contains(&bits) { Ok(()) } else { Err(PemError::Size { bits }) }
}
