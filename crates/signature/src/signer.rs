//! Signs as a provider would.

use std::fmt;

use ed25519_dalek::Signer as _;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use rsa::PrivateKey;
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::Sha256;
use thiserror::Error;

use crate::{
    Algorithm, Flaw, Key, KeyError, Request, Scheme, Secret, Source, body_path, in_body, jwt,
    key::{Checker, digest},
    public_key,
    template::Filling,
};

/// Signs as a provider would: for tools, demonstrations and tests.
pub struct Signer {
    scheme: Scheme,
    key: Prepared,
}

/// A request as it is to be sent.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Signed {
    /// The headers that prove it.
    pub headers: Vec<(String, String)>,
    /// The body, perhaps with what the provider puts there.
    pub body: Vec<u8>,
}

/// What a signer signs with.
#[derive(Debug, Clone)]
pub enum SigningKey {
    /// For the HMAC algorithms, tokens and basic authentication.
    Shared(Secret),
    /// For the others: PEM, `BEGIN PRIVATE KEY` or `BEGIN RSA PRIVATE KEY`. Only tools and tests have
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
    /// The signature stands in the body: [`Signer::sign_whole`] puts it there.
    #[error("{scheme} puts its signature into the body, so the body can't be signed as it is")]
    InBody {
        /// The scheme's name.
        scheme: String,
    },
    /// The request contradicts itself, or lists headers to be signed.
    #[error("the text that {scheme} signs can't be made of this request")]
    Content {
        /// The scheme's name.
        scheme: String,
    },
    /// What the provider puts into the body has no place in it.
    #[error(
        "{scheme} puts its signature or its time into the body, which has to be a JSON object or a form for that"
    )]
    Body {
        /// The scheme's name.
        scheme: String,
    },
    /// The private key failed to sign.
    #[error("the private key could not sign")]
    Rsa(#[source] rsa::Error),
}

enum Prepared {
    Hmac(Checker),
    Token(Secret),
    RsaSha256(Box<PrivateKey>),
    RsaSha1(Box<PrivateKey>),
    Ed25519(Box<ed25519_dalek::SigningKey>),
    EcdsaP256(Box<p256::ecdsa::SigningKey>),
}

// === impl Signed ===

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Signed").field("headers", &names).field("body", &self.body.len()).finish()
    }
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
            SigningKey::Shared(_) if !algorithm.is_shared() => {
                return Err(KeyError::NeedsPrivateKey(algorithm));
            }
            SigningKey::Shared(secret) if algorithm.is_unsigned() => Prepared::Token(secret),
            SigningKey::Shared(secret) => Prepared::Hmac(Checker::new(&scheme, &Key::Shared(secret))?),
            SigningKey::PrivatePem(pem) => Prepared::private(algorithm, pem.expose_secret())?,
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
        let none: &[(&str, &str)] = &[];
        self.sign_request(&Request::new(&none, body), now_unix_seconds, id)
    }

    /// The same for a scheme that signs the URL, the method or more of the request.
    ///
    /// # Errors
    /// As for [`sign`](Self::sign); and if the signature's place is in the body.
    pub fn sign_request(
        &self,
        request: &Request<'_>,
        now_unix_seconds: i64,
        id: Option<&str>,
    ) -> Result<Vec<(String, String)>, SignError> {
        if self.scheme.signature_field.is_some() {
            return Err(SignError::InBody { scheme: self.scheme.name().to_owned() });
        }
        let (value, timestamp) = self.value(request, now_unix_seconds, id)?;
        let mut headers = vec![(self.scheme.header().to_owned(), value)];
        headers.extend(self.scheme.timestamp_header().map(|name| (name.to_owned(), timestamp)));
        headers.extend(self.id_header(id));
        Ok(headers)
    }

    /// The same for any scheme: what its provider writes into the body is put there first, namely the time, the event's
    /// id and the signature.
    ///
    /// # Errors
    /// As for [`sign`](Self::sign); and if the body, in which something is to be put, is neither a JSON object nor a form.
    pub fn sign_whole(
        &self,
        request: &Request<'_>,
        now_unix_seconds: i64,
        id: Option<&str>,
    ) -> Result<Signed, SignError> {
        let mut body = request.body.to_vec();
        if let Some(path) = &self.scheme.timestamp_field {
            self.put_if_absent(&mut body, path, &self.scheme.unit.write(now_unix_seconds))?;
        }
        let Some(path) = &self.scheme.signature_field else {
            let headers = self.sign_request(&Request { body: &body, ..*request }, now_unix_seconds, id)?;
            return Ok(Signed { headers, body });
        };
        let in_body = self.scheme.event_id.iter().find_map(|source| match source {
            Source::Body(path) => Some(path),
            Source::Header(_) => None,
        });
        if let (Some(id), Some(path)) = (id, in_body) {
            self.put_if_absent(&mut body, path, id)?;
        }
        // There must be something in its place while the rest is signed: PHP counts fields.
        self.put(&mut body, path, "")?;
        let (value, _) = self.value(&Request { body: &body, ..*request }, now_unix_seconds, id)?;
        self.put(&mut body, path, &value)?;
        Ok(Signed { headers: self.id_header(id).into_iter().collect(), body })
    }

    fn put_if_absent(&self, body: &mut Vec<u8>, path: &str, value: &str) -> Result<(), SignError> {
        if body_path::pick(body, path).is_some() { Ok(()) } else { self.put(body, path, value) }
    }

    fn put(&self, body: &mut Vec<u8>, path: &str, value: &str) -> Result<(), SignError> {
        let unfit = || SignError::Body { scheme: self.scheme.name().to_owned() };
        *body = in_body::put(body, path, value).ok_or_else(unfit)?;
        Ok(())
    }

    /// The id where it is signed, or else where the provider sends it.
    fn id_header(&self, id: Option<&str>) -> Option<(String, String)> {
        let sent = match self.scheme.event_id.first() {
            Some(Source::Header(name)) => Some(name.as_str()),
            _ => None,
        };
        let name = self.scheme.id_header().filter(|_| self.scheme.content.has_id()).or(sent)?;
        Some((name.to_owned(), id?.to_owned()))
    }

    /// The signature as it is written, and the time.
    fn value(
        &self,
        request: &Request<'_>,
        now_unix_seconds: i64,
        id: Option<&str>,
    ) -> Result<(String, String), SignError> {
        self.check_id(id)?;
        let url = self.scheme.url.as_deref().unwrap_or(request.url);
        let content = || SignError::Content { scheme: self.scheme.name().to_owned() };
        let token = match self.scheme.content.jwt_claim() {
            Some(claim) => jwt::write(request.body, self.scheme.algorithm, claim).ok_or_else(content)?,
            None => String::new(),
        };
        let computed = self.scheme.content.compute(request, url, token.as_bytes()).ok_or_else(content)?;
        let timestamp = self.scheme.unit.write(now_unix_seconds);
        let filling = Filling {
            id: id.unwrap_or_default().as_bytes(),
            timestamp: timestamp.as_bytes(),
            body: request.body,
            url,
            method: request.method,
            webhook_id: &self.scheme.webhook_id,
            computed: &computed,
        };
        let value = self.scheme.write(&self.raw_signature(filling)?, &timestamp, &token);
        Ok((value, timestamp))
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
            Prepared::Hmac(key) => Ok(key.compute(pieces).expect("the key was made for a shared secret")),
            Prepared::Token(secret) => Ok(secret.text().as_bytes().to_vec()),
            Prepared::RsaSha256(key) => {
                key.pkcs1v15_sign_prehash::<Sha256>(&digest::<Sha256>(pieces)).map_err(SignError::Rsa)
            }
            Prepared::RsaSha1(key) => {
                key.pkcs1v15_sign_prehash::<Sha1>(&digest::<Sha1>(pieces)).map_err(SignError::Rsa)
            }
            Prepared::Ed25519(key) => {
                let text = pieces.collect::<Vec<_>>().concat();
                Ok(key.sign(&text).to_vec())
            }
            Prepared::EcdsaP256(key) => {
                let signature: p256::ecdsa::Signature =
                    key.sign_prehash(&digest::<Sha256>(pieces)).expect("a SHA-256 digest is long enough");
                Ok(signature.to_der().as_bytes().to_vec())
            }
        }
    }
}

// === impl Prepared ===

impl Prepared {
    fn private(algorithm: Algorithm, pem: &str) -> Result<Self, KeyError> {
        Ok(match algorithm {
            Algorithm::RsaSha256 => Self::RsaSha256(Box::new(public_key::rsa_private(pem)?)),
            Algorithm::RsaSha1 => Self::RsaSha1(Box::new(public_key::rsa_private(pem)?)),
            Algorithm::Ed25519 => Self::Ed25519(Box::new(public_key::ed25519_private(pem)?)),
            Algorithm::EcdsaP256 => Self::EcdsaP256(Box::new(public_key::p256_private(pem)?)),
            _ => return Err(KeyError::NeedsSecret(algorithm)),
        })
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("scheme", &self.scheme.name).finish_non_exhaustive()
    }
}
