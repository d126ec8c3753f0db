//! Decides whether a request is its provider's.

use std::{fmt, sync::Arc};

use thiserror::Error;

use crate::{
    Fingerprint, Key, KeyError, Request, Scheme, Secret,
    key::{Checker, Size},
};

/// How far a request's time may be from ours, unless told otherwise: five minutes.
pub const DEFAULT_TOLERANCE_SECONDS: u64 = 300;

/// Bytes of the longest RSA signature that a key may make.
const LONGEST_RSA: usize = 1024;

/// More keys than anybody rotates through; each costs a computation for each request.
const MOST_KEYS: usize = 16;

/// Decides whether a request is its provider's.
///
/// Keys are parsed once, here; a call allocates nothing for HMAC. It may be shared between threads.
#[derive(Clone)]
pub struct Verifier {
    pub(crate) scheme: Scheme,
    pub(crate) keys: Vec<Checker>,
    /// The keys as given: only a diagnosis looks at them again.
    given: Vec<Key>,
    /// Until when each key counts, in Unix seconds; as many as keys.
    pub(crate) not_after: Vec<Option<i64>>,
    pub(crate) sizes: Vec<Size>,
    pub(crate) tolerance: u64,
    /// Judges requests that are signed as the scheme's fallback has it.
    pub(crate) fallback: Option<Box<Verifier>>,
}

/// That a request is its provider's. Only [`Verifier::verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proof {
    /// When the request was signed, in Unix seconds, if the provider says.
    pub timestamp: Option<i64>,
    /// Which key matched, counted from 0 in the order given.
    pub key_index: usize,
    /// Names that key without showing it.
    pub key_fingerprint: Fingerprint,
    /// The scheme's name.
    pub scheme: Arc<str>,
}

/// Why there can be no verifier.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VerifierError {
    /// No scheme has this name.
    #[error("{name:?} is not a provider; use one of {}", Scheme::names().join(", "))]
    UnknownProvider {
        /// The name asked for.
        name: String,
    },
    /// Without a key nothing could ever be verified.
    #[error("no key is given, so nothing could ever be verified")]
    NoKeys,
    /// More keys than rotation needs.
    #[error("{given} keys are given; at most {MOST_KEYS} are tried for each request")]
    TooManyKeys {
        /// How many were given.
        given: usize,
    },
    /// One key does not serve the scheme.
    #[error("key {} cannot be used: {source}", index + 1)]
    Key {
        /// Which one, counted from 0.
        index: usize,
        /// Why.
        source: KeyError,
    },
}

/// A verifier for the provider of this name, with one secret and the provider's usual tolerance, mostly 300 seconds.
///
/// # Errors
/// If no provider has this name, or the secret is empty or can't be one of this provider's.
pub fn create_verifier(provider: &str, secret: &str) -> Result<Verifier, VerifierError> {
    let scheme = Scheme::named(provider)
        .ok_or_else(|| VerifierError::UnknownProvider { name: provider.to_owned() })?;
    let secret = Secret::new(secret).map_err(|e| VerifierError::Key { index: 0, source: e.into() })?;
    let tolerance = scheme.tolerance_seconds();
    Verifier::new(scheme, vec![Key::Shared(secret)], tolerance)
}

// === impl Verifier ===

impl Verifier {
    /// A verifier that accepts a signature made with any of `keys`.
    ///
    /// A request's time may be `tolerance_seconds` from ours, on either side, inclusive; schemes without a
    /// time don't look at it.
    ///
    /// # Errors
    /// If there is no key, or one is not of the algorithm's kind or can't be read.
    pub fn new(scheme: Scheme, keys: Vec<Key>, tolerance_seconds: u64) -> Result<Self, VerifierError> {
        match keys.len() {
            0 => return Err(VerifierError::NoKeys),
            given if given > MOST_KEYS => return Err(VerifierError::TooManyKeys { given }),
            _ => {}
        }
        let check =
            |(index, key)| Checker::new(&scheme, key).map_err(|source| VerifierError::Key { index, source });
        let checkers = keys.iter().enumerate().map(check).collect::<Result<Vec<_>, _>>()?;
        let mut sizes: Vec<_> = checkers.iter().map(Checker::signature_size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let not_after = vec![None; keys.len()];
        let fallback = scheme.fallback.as_deref().cloned();
        let fallback = fallback.map(|scheme| Self::new(scheme, keys.clone(), tolerance_seconds));
        let fallback = fallback.transpose()?.map(Box::new);
        Ok(Self {
            scheme,
            keys: checkers,
            given: keys,
            not_after,
            sizes,
            tolerance: tolerance_seconds,
            fallback,
        })
    }

    /// A verifier without keys of its own, for a scheme whose requests name the certificate they were signed with: each is
    /// judged by [`verify_by`](Self::verify_by), and nothing else is ever valid.
    ///
    /// # Errors
    /// Requests of this scheme name no certificate.
    pub fn by_certificate(scheme: Scheme, tolerance_seconds: u64) -> Result<Self, VerifierError> {
        if !scheme.names_certificate() {
            return Err(VerifierError::NoKeys);
        }
        let sizes = vec![Size::UpTo(LONGEST_RSA)];
        Ok(Self {
            scheme,
            keys: Vec::new(),
            given: Vec::new(),
            not_after: Vec::new(),
            sizes,
            tolerance: tolerance_seconds,
            fallback: None,
        })
    }

    /// Lets the key at `index` count up to and with `not_after`, in Unix seconds, and no longer.
    #[must_use]
    pub fn until(mut self, index: usize, not_after: i64) -> Self {
        if let Some(place) = self.not_after.get_mut(index) {
            *place = Some(not_after);
        }
        self.fallback = self.fallback.map(|fallback| Box::new(fallback.until(index, not_after)));
        self
    }

    /// The same with keys that count for ever: for asking whether it was one of those that have ended.
    pub(crate) fn endless(&self) -> Self {
        Self { not_after: vec![None; self.keys.len()], ..self.clone() }
    }

    /// The scheme that requests are held to.
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// The scheme that this request is held to: the usual one or, where its provider has two, its fallback.
    pub fn scheme_of(&self, request: &Request<'_>) -> &Scheme {
        &self.of(request).scheme
    }

    /// How far a request's time may be from ours, in seconds.
    pub fn tolerance_seconds(&self) -> u64 {
        self.tolerance
    }

    /// Names the keys without showing them, in the order given.
    pub fn fingerprints(&self) -> impl Iterator<Item = Fingerprint> {
        self.keys.iter().map(|key| key.fingerprint)
    }

    /// The HMAC of `text` with the key at `index`, for a provider that asks for one to see that we hold its secret.
    /// `None` unless the scheme is an HMAC.
    pub fn mac(&self, index: usize, text: &[u8]) -> Option<Vec<u8>> {
        self.keys.get(index)?.compute(std::iter::once(text))
    }

    /// The same scheme and tolerance with the keys of another verifier: for asking whether it was one of those.
    ///
    /// # Errors
    /// If those keys can't be used for this scheme.
    pub fn with_keys_of(&self, other: &Self) -> Result<Self, VerifierError> {
        Self::new(self.scheme.clone(), other.given.clone(), self.tolerance)
    }

    pub(crate) fn given(&self) -> &[Key] {
        &self.given
    }

    pub(crate) fn checkers(&self) -> impl Iterator<Item = (&Checker, &Key)> {
        self.keys.iter().zip(&self.given)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("scheme", &self.scheme.name)
            .field("keys", &self.fingerprints().collect::<Vec<_>>())
            .field("tolerance", &self.tolerance)
            .finish()
    }
}
