//! What a verifier checks against.

use hmac::{Hmac, KeyInit, Mac};
use rsa::{PublicKey, traits::PublicKeyParts};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use thiserror::Error;

use crate::{
    Algorithm, Encoding, Fingerprint, Scheme, Secret, SecretError,
    layout::Candidates,
    rsa_key::{self, PemError},
};

/// What a verifier checks against: a shared secret for HMAC, the sender's public key for RSA.
#[derive(Debug, Clone)]
pub enum Key {
    /// For the HMAC algorithms.
    Shared(Secret),
    /// For the RSA algorithms: PEM, `BEGIN PUBLIC KEY` or `BEGIN RSA PUBLIC KEY`, 2048 to 8192 bits.
    PublicPem(String),
}

/// Why a key does not serve a scheme.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// A public key as an HMAC secret would let everybody sign.
    #[error("{0} needs a shared secret, not a public key")]
    NeedsSecret(Algorithm),
    /// RSA is verified with a public key.
    #[error("{0} needs the sender's public key in PEM, not a shared secret")]
    NeedsPublicKey(Algorithm),
    /// RSA is signed with a private key.
    #[error("{0} is signed with a private key in PEM, not a shared secret")]
    NeedsPrivateKey(Algorithm),
    /// The secret can't be used.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The PEM can't be used.
    #[error(transparent)]
    Pem(#[from] PemError),
}

/// A key with all that doesn't depend on the request already done.
#[derive(Clone)]
pub(crate) struct Checker {
    pub(crate) fingerprint: Fingerprint,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Sha256(Hmac<Sha256>),
    Sha1(Hmac<Sha1>),
    RsaSha256(Box<PublicKey>),
    RsaSha1(Box<PublicKey>),
}

// === impl Key ===

impl From<Secret> for Key {
    fn from(secret: Secret) -> Self {
        Self::Shared(secret)
    }
}

// === impl Checker ===

impl Checker {
    pub(crate) fn new(scheme: &Scheme, key: &Key) -> Result<Self, KeyError> {
        match key {
            Key::Shared(secret) => Ok(Self::keyed(
                scheme.algorithm,
                &secret.bytes(scheme.secret_encoding)?,
                secret.fingerprint(),
            )
            .ok_or(KeyError::NeedsPublicKey(scheme.algorithm))?),
            Key::PublicPem(pem) => Self::public(scheme.algorithm, pem),
        }
    }

    /// For an HMAC algorithm and the key's bytes; `None` if the algorithm is RSA.
    pub(crate) fn keyed(algorithm: Algorithm, bytes: &[u8], fingerprint: Fingerprint) -> Option<Self> {
        const ANY: &str = "HMAC takes a key of any length";
        let kind = match algorithm {
            Algorithm::HmacSha256 => Kind::Sha256(Hmac::new_from_slice(bytes).expect(ANY)),
            Algorithm::HmacSha1 => Kind::Sha1(Hmac::new_from_slice(bytes).expect(ANY)),
            Algorithm::RsaSha256 | Algorithm::RsaSha1 => return None,
        };
        Some(Self { fingerprint, kind })
    }

    fn public(algorithm: Algorithm, pem: &str) -> Result<Self, KeyError> {
        if algorithm.is_hmac() {
            return Err(KeyError::NeedsSecret(algorithm));
        }
        let key = Box::new(rsa_key::public(pem)?);
        let fingerprint = rsa_key::fingerprint(&key);
        let kind = if algorithm.is_sha1() { Kind::RsaSha1(key) } else { Kind::RsaSha256(key) };
        Ok(Self { fingerprint, kind })
    }

    /// How many bytes a signature of this key has.
    pub(crate) fn signature_size(&self) -> usize {
        match &self.kind {
            Kind::Sha256(_) => 32,
            Kind::Sha1(_) => 20,
            Kind::RsaSha256(key) | Kind::RsaSha1(key) => key.size(),
        }
    }

    /// The same key with the other hash.
    pub(crate) fn with_other_hash(&self) -> Option<Self> {
        let kind = match &self.kind {
            Kind::Sha256(_) | Kind::Sha1(_) => return None,
            Kind::RsaSha256(key) => Kind::RsaSha1(key.clone()),
            Kind::RsaSha1(key) => Kind::RsaSha256(key.clone()),
        };
        Some(Self { fingerprint: self.fingerprint, kind })
    }

    /// Whether any of `candidates` is this key's signature of the text in `pieces`.
    pub(crate) fn matches<'a>(
        &self,
        pieces: impl Iterator<Item = &'a [u8]>,
        candidates: &Candidates<'_>,
        encoding: Encoding,
    ) -> Choice {
        match &self.kind {
            Kind::Sha256(keyed) => any_equal(&finish(keyed, pieces), candidates, encoding),
            Kind::Sha1(keyed) => any_equal(&finish(keyed, pieces), candidates, encoding),
            Kind::RsaSha256(key) => {
                let hash = digest::<Sha256>(pieces);
                any_valid(key.size(), candidates, encoding, |signature| {
                    key.pkcs1v15_verify_prehash::<Sha256>(&hash, signature).is_ok()
                })
            }
            Kind::RsaSha1(key) => {
                let hash = digest::<Sha1>(pieces);
                any_valid(key.size(), candidates, encoding, |signature| {
                    key.pkcs1v15_verify_prehash::<Sha1>(&hash, signature).is_ok()
                })
            }
        }
    }

    /// Whether `signature`, already decoded, is this key's of the text in `pieces`.
    pub(crate) fn accepts<'a>(&self, pieces: impl Iterator<Item = &'a [u8]>, signature: &[u8]) -> bool {
        match &self.kind {
            Kind::Sha256(keyed) => finish(keyed, pieces).ct_eq(signature).into(),
            Kind::Sha1(keyed) => finish(keyed, pieces).ct_eq(signature).into(),
            Kind::RsaSha256(key) => {
                key.pkcs1v15_verify_prehash::<Sha256>(&digest::<Sha256>(pieces), signature).is_ok()
            }
            Kind::RsaSha1(key) => {
                key.pkcs1v15_verify_prehash::<Sha1>(&digest::<Sha1>(pieces), signature).is_ok()
            }
        }
    }

    /// The HMAC of the text in `pieces`; `None` for RSA.
    pub(crate) fn compute<'a>(&self, pieces: impl Iterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
        match &self.kind {
            Kind::Sha256(keyed) => Some(finish(keyed, pieces).to_vec()),
            Kind::Sha1(keyed) => Some(finish(keyed, pieces).to_vec()),
            Kind::RsaSha256(_) | Kind::RsaSha1(_) => None,
        }
    }
}

fn finish<'a, M: Mac + Clone>(keyed: &M, pieces: impl Iterator<Item = &'a [u8]>) -> hmac::digest::Output<M> {
    let mut mac = keyed.clone();
    pieces.for_each(|piece| mac.update(piece));
    mac.finalize().into_bytes()
}

pub(crate) fn digest<'a, D: Digest>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut hash = D::new();
    pieces.for_each(|piece| hash.update(piece));
    hash.finalize().to_vec()
}

/// Every candidate is compared, whichever matches: nothing is learned from when the answer comes.
fn any_equal(expected: &[u8], candidates: &Candidates<'_>, encoding: Encoding) -> Choice {
    let mut decoded = [0; 32 + 2];
    let size = expected.len();
    candidates.iter().fold(Choice::from(0), |found, text| match encoding.decode(text, &mut decoded, size) {
        Ok(()) => found | expected.ct_eq(&decoded[..size]),
        Err(_) => found,
    })
}

fn any_valid(
    size: usize,
    candidates: &Candidates<'_>,
    encoding: Encoding,
    is_valid: impl Fn(&[u8]) -> bool,
) -> Choice {
    let mut decoded = vec![0; size + 2];
    candidates.iter().fold(Choice::from(0), |found, text| match encoding.decode(text, &mut decoded, size) {
        Ok(()) => found | Choice::from(u8::from(is_valid(&decoded[..size]))),
        Err(_) => found,
    })
}
