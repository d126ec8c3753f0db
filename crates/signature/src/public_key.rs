//! Public keys, and the private ones that tools sign with, from text.

use base64::{Engine, engine::general_purpose::STANDARD_PAD_INDIFFERENT};
use ed25519_dalek::{SigningKey, VerifyingKey};
use rsa::{
    PrivateKey, PublicKey,
    pkcs1::{DecodeRsaPrivateKey, DecodeRsaPublicKey, EncodeRsaPublicKey},
    pkcs8::{DecodePrivateKey, DecodePublicKey},
    traits::PublicKeyParts,
};
use thiserror::Error;

use crate::{Fingerprint, certificate};

const BITS: std::ops::RangeInclusive<u32> = 2048..=8192;

/// What stands before a Standard Webhooks public key.
const WHPK: &str = "whpk_";

/// Why a text is not a usable public or private key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PemError {
    /// No PEM block of the right kind.
    #[error("this is no PEM key: {wanted} is expected")]
    Label {
        /// The labels that may stand after `BEGIN`.
        wanted: &'static str,
    },
    /// It holds something other than a key of the algorithm's kind.
    #[error("it does not hold a key of this algorithm that can be read")]
    Content,
    /// Shorter than is safe, or longer than anybody needs.
    #[error("the RSA key has {bits} bits; between 2048 and 8192 are accepted")]
    Size {
        /// How long the modulus is.
        bits: u32,
    },
}

const WANTED: &str = "BEGIN PUBLIC KEY, BEGIN RSA PUBLIC KEY or BEGIN CERTIFICATE";

/// Reads an RSA key.
pub(crate) fn rsa(text: &str) -> Result<PublicKey, PemError> {
    let text = text.trim();
    let key = match label(text) {
        Some("RSA PUBLIC KEY") => PublicKey::from_pkcs1_pem(text).map_err(|_| PemError::Content)?,
        _ => PublicKey::from_public_key_der(&info(text)?).map_err(|_| PemError::Content)?,
    };
    check_size(&key)?;
    Ok(key)
}

/// Reads an Ed25519 key, which may be its 32 bytes in hex, or in base64 after `whpk_`.
pub(crate) fn ed25519(text: &str) -> Result<VerifyingKey, PemError> {
    let text = text.trim();
    let bare = match text.strip_prefix(WHPK) {
        Some(base64) => STANDARD_PAD_INDIFFERENT.decode(base64).ok(),
        None => hex::decode(text).ok(),
    };
    match bare.map(<[u8; 32]>::try_from) {
        Some(Ok(bytes)) => VerifyingKey::from_bytes(&bytes).map_err(|_| PemError::Content),
        Some(Err(_)) => Err(PemError::Content),
        None => VerifyingKey::from_public_key_der(&info(text)?).map_err(|_| PemError::Content),
    }
}

/// Reads a P-256 key.
pub(crate) fn p256(text: &str) -> Result<p256::ecdsa::VerifyingKey, PemError> {
    p256::ecdsa::VerifyingKey::from_public_key_der(&info(text.trim())?).map_err(|_| PemError::Content)
}

/// The DER of a `SubjectPublicKeyInfo`: in PEM, in hex or base64 alone, or within a certificate.
fn info(text: &str) -> Result<Vec<u8>, PemError> {
    match label(text) {
        Some(name @ ("PUBLIC KEY" | "CERTIFICATE")) => {
            let der = block(text, name).ok_or(PemError::Content)?;
            if name == "CERTIFICATE" {
                certificate::public_key(&der).ok_or(PemError::Content)
            } else {
                Ok(der)
            }
        }
        Some(_) => Err(PemError::Label { wanted: WANTED }),
        None => {
            let der = hex::decode(text).ok().or_else(|| STANDARD_PAD_INDIFFERENT.decode(text).ok());
            // Every SubjectPublicKeyInfo is a sequence.
            der.filter(|der| der.first() == Some(&0x30)).ok_or(PemError::Label { wanted: WANTED })
        }
    }
}

/// The first PEM block of this name.
fn block(text: &str, name: &str) -> Option<Vec<u8>> {
    let body = text.strip_prefix(&format!("-----BEGIN {name}-----"))?;
    let (body, _) = body.split_once(&format!("-----END {name}-----"))?;
    let body: String = body.split_ascii_whitespace().collect();
    STANDARD_PAD_INDIFFERENT.decode(body).ok()
}

/// Reads `BEGIN PRIVATE KEY` (PKCS#8) or `BEGIN RSA PRIVATE KEY` (PKCS#1).
pub(crate) fn rsa_private(pem: &str) -> Result<PrivateKey, PemError> {
    let pem = pem.trim();
    let key = match label(pem) {
        Some("PRIVATE KEY") => PrivateKey::from_pkcs8_pem(pem).map_err(|_| PemError::Content)?,
        Some("RSA PRIVATE KEY") => PrivateKey::from_pkcs1_pem(pem).map_err(|_| PemError::Content)?,
        _ => return Err(PemError::Label { wanted: "BEGIN PRIVATE KEY or BEGIN RSA PRIVATE KEY" }),
    };
    check_size(key.as_public_key())?;
    Ok(key)
}

/// Reads `BEGIN PRIVATE KEY` of Ed25519.
pub(crate) fn ed25519_private(pem: &str) -> Result<SigningKey, PemError> {
    SigningKey::from_pkcs8_pem(pem.trim()).map_err(|_| PemError::Content)
}

/// Reads `BEGIN PRIVATE KEY` of P-256.
pub(crate) fn p256_private(pem: &str) -> Result<p256::ecdsa::SigningKey, PemError> {
    p256::ecdsa::SigningKey::from_pkcs8_pem(pem.trim()).map_err(|_| PemError::Content)
}

/// The same for one key in either form.
pub(crate) fn rsa_fingerprint(key: &PublicKey) -> Fingerprint {
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
