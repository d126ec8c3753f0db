//! Signs as a provider would.

use std::fmt;

use rsa::PrivateKey;
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::Sha256;
use thiserror::Error;

use crate::{Flaw, Key, KeyError, Scheme, Secret, key::Checker, rsa_key, scheme::Source, template::Filling};

/// Signs as a provider would: for tools, demonstrations and tests.
pub struct Signer {
    scheme: Scheme,
    key: Prepared,
}

/// What a signer signs with.
#[derive(Debug, Clone)]
pub enum SigningKey {
    /// For the HMAC algorithms.
    Shared(Secret),
    /// For the RSA algorithms: PEM, `BEGIN PRIVATE KEY` or `BEGIN RSA PRIVATE KEY`. Only tools and tests have
    /// one; whoever verifies needs no private key.
    PrivatePem(SecretString),
}

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignError {
    /// The scheme signs an id and none was given.
    #[error("{scheme} signs the event's id as well, so one must be given")]
    NeedsId {
        /// The scheme's name.
        scheme: String,
    },
    /// The id can't be signed.
    #[error("the id cannot be signed: {0}")]
    Id(Flaw),
    /// The private key failed to sign.
    #[error("the private key could not sign")]
    Rsa(#[source] rsa::Error),
}

enum Prepared {
    Hmac(Checker),
    RsaSha256(Box<PrivateKey>),
    RsaSha1(Box<PrivateKey>),
}

// === impl SigningKey ===

impl From<Secret> for SigningKey {
    fn from(secret: Secret) -> Self {
        Self::Shared(secret)
    }
}

// === impl Signer ===

impl Signer {
    /// A signer for `scheme`.
    ///
    /// # Errors
    /// If the key is not of the algorithm's kind or can't be read.
    pub fn new(scheme: Scheme, key: impl Into<SigningKey>) -> Result<Self, KeyError> {
        let algorithm = scheme.algorithm;
        let key = match key.into() {
            SigningKey::Shared(_) if !algorithm.is_hmac() => {
                return Err(KeyError::NeedsPrivateKey(algorithm));
            }
            SigningKey::Shared(secret) => Prepared::Hmac(Checker::new(&scheme, &Key::Shared(secret))?),
            SigningKey::PrivatePem(_) if algorithm.is_hmac() => {
                return Err(KeyError::NeedsSecret(algorithm));
            }
            SigningKey::PrivatePem(pem) => {
                let private = Box::new(rsa_key::private(pem.expose_secret())?);
                if algorithm.is_sha1() { Prepared::RsaSha1(private) } else { Prepared::RsaSha256(private) }
            }
        };
        Ok(Self { scheme, key })
    }

    /// The headers that prove `body`, as sent at `now_unix_seconds` with the event's id `id`.
    ///
    /// The id is needed where the scheme signs it, and is sent wherever the provider has a header for it.
    ///
    /// # Errors
    /// If the scheme signs an id and none fit to be signed is given, or a private key fails.
    pub fn sign(
        &self,
        body: &[u8],
        now_unix_seconds: i64,
        id: Option<&str>,
    ) -> Result<Vec<(String, String)>, SignError> {
        self.check_id(id)?;
        let timestamp = now_unix_seconds.to_string();
        let filling =
            Filling { id: id.unwrap_or_default().as_bytes(), timestamp: timestamp.as_bytes(), body };
        let value = self.scheme.write(&self.raw_signature(filling)?, &timestamp);
        let mut headers = vec![(self.scheme.header.clone(), value)];
        if let Some(name) = self.scheme.timestamp_header() {
            headers.push((name.to_owned(), timestamp));
        }
        if let (Some(id), Some(Source::Header(name))) = (id, self.scheme.event_id.first()) {
            headers.push((name.clone(), id.to_owned()));
        }
        Ok(headers)
    }

    /// The scheme that is signed by.
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    fn check_id(&self, id: Option<&str>) -> Result<(), SignError> {
        match id {
            None if self.scheme.content.has_id() => {
                Err(SignError::NeedsId { scheme: self.scheme.name().to_owned() })
            }
            None => Ok(()),
            Some(id) => self.scheme.check_id(id.as_bytes()).map_err(SignError::Id),
        }
    }

    fn raw_signature(&self, filling: Filling<'_>) -> Result<Vec<u8>, SignError> {
        let pieces = self.scheme.content.fill(filling);
        match &self.key {
            Prepared::Hmac(key) => Ok(key.compute(pieces).expect("the key was made for HMAC")),
            Prepared::RsaSha256(key) => {
                { key.pkcs1v15_sign_prehash::<Sha256>(&crate::key::digest::<Sha256>(pieces)) }
                    .map_err(SignError::Rsa)
            }
            Prepared::RsaSha1(key) => {
                { key.pkcs1v15_sign_prehash::<Sha1>(&crate::key::digest::<Sha1>(pieces)) }
                    .map_err(SignError::Rsa)
            }
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("scheme", &self.scheme.name).finish_non_exhaustive()
    }
}
