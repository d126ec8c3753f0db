//! What a verifier checks against.

use hmac::{Hmac, KeyInit, Mac};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::traits::PublicKeyParts;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::Choice;
use thiserror::Error;

use crate::{
    Algorithm, Fingerprint, Scheme, Secret, SecretError,
    public_key::{self, PemError},
    same::is_same,
    signatures::Signatures,
};

/// What a verifier checks against: a shared secret, or the sender's public key.
#[derive(Debug, Clone)]
pub enum Key {
    /// For the HMAC algorithms, tokens, basic authentication and the like.
    Shared(Secret),
    /// For the others: `BEGIN PUBLIC KEY` in PEM or its base64 alone, `BEGIN RSA PUBLIC KEY`, or `BEGIN CERTIFICATE`;
    /// RSA of 2048 to 8192 bits. An Ed25519 key may be the 32 bytes in hex, or in base64 after `whpk_`.
    PublicPem(String),
}

/// Why a key does not serve a scheme.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// A public key as an HMAC secret would let everybody sign.
    #[error("{0} needs a shared secret, not a public key")]
    NeedsSecret(Algorithm),
    /// It is verified with a public key.
    #[error("{0} needs the sender's public key in PEM, not a shared secret")]
    NeedsPublicKey(Algorithm),
    /// It is signed with a private key.
    #[error("{0} is signed with a private key in PEM, not a shared secret")]
    NeedsPrivateKey(Algorithm),
    /// The secret can't be used.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The PEM can't be used.
    #[error(transparent)]
    Pem(#[from] PemError),
}

/// How long a signature is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Size {
    Exactly(usize),
    UpTo(usize),
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
    Sha512(Box<Hmac<Sha512>>),
    /// The hash, which has read the secret.
    Prefixed(Sha256),
    RsaSha256(Box<rsa::PublicKey>),
    RsaSha1(Box<rsa::PublicKey>),
    Ed25519(Box<ed25519_dalek::VerifyingKey>),
    EcdsaP256(Box<p256::ecdsa::VerifyingKey>),
    /// The SHA-256 of the token, so that what is compared has one length.
    Token([u8; 32]),
}

/// Longer than any token anybody sends.
const LONGEST_TOKEN: usize = 4096;

/// The longest DER of two numbers of 256 bits.
const LONGEST_ECDSA: usize = 72;

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
            Key::Shared(secret) => {
                let bytes = secret.bytes(scheme.secret_encoding)?;
                Self::keyed(scheme.algorithm, &bytes, secret.fingerprint())
                    .ok_or(KeyError::NeedsPublicKey(scheme.algorithm))
            }
            Key::PublicPem(text) => Self::public(scheme.algorithm, text),
        }
    }

    /// For a shared secret's bytes; `None` if the algorithm wants a public key.
    pub(crate) fn keyed(algorithm: Algorithm, bytes: &[u8], fingerprint: Fingerprint) -> Option<Self> {
        const ANY: &str = "HMAC takes a key of any length";
        let kind = match algorithm {
            Algorithm::HmacSha256 => Kind::Sha256(Hmac::new_from_slice(bytes).expect(ANY)),
            Algorithm::HmacSha1 => Kind::Sha1(Hmac::new_from_slice(bytes).expect(ANY)),
            Algorithm::HmacSha512 => Kind::Sha512(Box::new(Hmac::new_from_slice(bytes).expect(ANY))),
            Algorithm::Sha256Prefix => Kind::Prefixed(Sha256::new_with_prefix(bytes)),
            Algorithm::Token | Algorithm::Basic => Kind::Token(Sha256::digest(bytes).into()),
            Algorithm::RsaSha256 | Algorithm::RsaSha1 | Algorithm::Ed25519 | Algorithm::EcdsaP256 => {
                return None;
            }
        };
        Some(Self { fingerprint, kind })
    }

    pub(crate) fn public(algorithm: Algorithm, text: &str) -> Result<Self, KeyError> {
        let (kind, fingerprint) = match algorithm {
            Algorithm::RsaSha256 | Algorithm::RsaSha1 => {
                let key = Box::new(public_key::rsa(text)?);
                let fingerprint = public_key::rsa_fingerprint(&key);
                (if algorithm.is_sha1() { Kind::RsaSha1(key) } else { Kind::RsaSha256(key) }, fingerprint)
            }
            Algorithm::Ed25519 => {
                let key = Box::new(public_key::ed25519(text)?);
                let fingerprint = Fingerprint::of(key.as_bytes());
                (Kind::Ed25519(key), fingerprint)
            }
            Algorithm::EcdsaP256 => {
                let key = Box::new(public_key::p256(text)?);
                let fingerprint = Fingerprint::of(key.to_sec1_point(false).as_bytes());
                (Kind::EcdsaP256(key), fingerprint)
            }
            _ => return Err(KeyError::NeedsSecret(algorithm)),
        };
        Ok(Self { fingerprint, kind })
    }

    /// How long this key's signatures are.
    pub(crate) fn signature_size(&self) -> Size {
        match &self.kind {
            Kind::Sha256(_) | Kind::Prefixed(_) => Size::Exactly(32),
            Kind::Sha1(_) => Size::Exactly(20),
            Kind::Sha512(_) | Kind::Ed25519(_) => Size::Exactly(64),
            Kind::RsaSha256(key) | Kind::RsaSha1(key) => Size::Exactly(key.size()),
            Kind::EcdsaP256(_) => Size::UpTo(LONGEST_ECDSA),
            Kind::Token(_) => Size::UpTo(LONGEST_TOKEN),
        }
    }

    /// The same RSA key with the other hash.
    pub(crate) fn with_other_hash(&self) -> Option<Self> {
        let kind = match &self.kind {
            Kind::RsaSha256(key) => Kind::RsaSha1(key.clone()),
            Kind::RsaSha1(key) => Kind::RsaSha256(key.clone()),
            _ => return None,
        };
        Some(Self { fingerprint: self.fingerprint, kind })
    }

    /// Whether any of `signatures` is this key's of the text in `pieces`. Every one is compared, whichever matches:
    /// nothing is learned from when the answer comes.
    pub(crate) fn matches<'a>(
        &self,
        pieces: impl Iterator<Item = &'a [u8]>,
        signatures: &Signatures,
    ) -> Choice {
        let any = |fits: &dyn Fn(&[u8]) -> Choice| {
            signatures.iter().fold(Choice::from(0), |found, signature| found | fits(signature))
        };
        let verdict = |is_valid: bool| Choice::from(u8::from(is_valid));
        match &self.kind {
            Kind::Sha256(keyed) => any_equal(&finish(keyed, pieces), signatures),
            Kind::Sha1(keyed) => any_equal(&finish(keyed, pieces), signatures),
            Kind::Sha512(keyed) => any_equal(&finish(&**keyed, pieces), signatures),
            Kind::Prefixed(keyed) => any_equal(&prefixed(keyed, pieces), signatures),
            Kind::RsaSha256(key) => {
                let hash = digest::<Sha256>(pieces);
                any(&|signature| verdict(key.pkcs1v15_verify_prehash::<Sha256>(&hash, signature).is_ok()))
            }
            Kind::RsaSha1(key) => {
                let hash = digest::<Sha1>(pieces);
                any(&|signature| verdict(key.pkcs1v15_verify_prehash::<Sha1>(&hash, signature).is_ok()))
            }
            Kind::Ed25519(key) => {
                // Piece by piece: byte by byte took longer than the signature.
                let text = pieces.collect::<Vec<_>>().concat();
                any(&|signature| verdict(is_ed25519(key, &text, signature)))
            }
            Kind::EcdsaP256(key) => {
                let hash = digest::<Sha256>(pieces);
                any(&|signature| verdict(is_p256(key, &hash, signature)))
            }
            Kind::Token(expected) => any(&|token| is_same(&Sha256::digest(token), expected)),
        }
    }

    /// The HMAC of the text in `pieces`, or its hash after the secret; `None` for everything else.
    pub(crate) fn compute<'a>(&self, pieces: impl Iterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
        match &self.kind {
            Kind::Sha256(keyed) => Some(finish(keyed, pieces).to_vec()),
            Kind::Sha1(keyed) => Some(finish(keyed, pieces).to_vec()),
            Kind::Sha512(keyed) => Some(finish(&**keyed, pieces).to_vec()),
            Kind::Prefixed(keyed) => Some(prefixed(keyed, pieces)),
            _ => None,
        }
    }
}

fn is_ed25519(key: &ed25519_dalek::VerifyingKey, text: &[u8], signature: &[u8]) -> bool {
    let signature = ed25519_dalek::Signature::from_slice(signature);
    signature.is_ok_and(|signature| key.verify_strict(text, &signature).is_ok())
}

fn is_p256(key: &p256::ecdsa::VerifyingKey, hash: &[u8], signature: &[u8]) -> bool {
    let signature = p256::ecdsa::Signature::from_der(signature);
    signature.is_ok_and(|signature| key.verify_prehash(hash, &signature).is_ok())
}

fn finish<'a, M: Mac + Clone>(keyed: &M, pieces: impl Iterator<Item = &'a [u8]>) -> hmac::digest::Output<M> {
    let mut mac = keyed.clone();
    pieces.for_each(|piece| mac.update(piece));
    mac.finalize().into_bytes()
}

fn prefixed<'a>(keyed: &Sha256, pieces: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut hash = keyed.clone();
    pieces.for_each(|piece| hash.update(piece));
    hash.finalize().to_vec()
}

pub(crate) fn digest<'a, D: Digest>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut hash = D::new();
    pieces.for_each(|piece| hash.update(piece));
    hash.finalize().to_vec()
}

fn any_equal(expected: &[u8], signatures: &Signatures) -> Choice {
    signatures.iter().fold(Choice::from(0), |found, signature| found | is_same(expected, signature))
}
