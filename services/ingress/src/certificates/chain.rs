//! A certificate and its issuers, and whether they end at an authority that this machine trusts.

use std::sync::{Mutex, PoisonError};

use event::Millis;
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, RootCertStore};
use signature::{Algorithm, CertificateKey};

use super::issuer;

/// In a chain, the sender's own among them.
const LONGEST: usize = 8;

/// A chain that was judged is judged again a minute later.
const MINUTE: i64 = 60;

/// Why a certificate proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Distrust {
    #[error("it has expired, or one of its issuers has")]
    Expired,
    #[error("it is not valid yet, or one of its issuers is not")]
    NotYet,
    #[error("it was not issued by an authority that this machine trusts")]
    UnknownIssuer,
    #[error("it is not issued to this provider")]
    ForeignName,
    #[error("it is not a certificate of this use, or not well formed")]
    Unfit,
}

#[derive(Debug)]
pub(crate) struct Chain {
    own: CertificateDer<'static>,
    issuers: Vec<CertificateDer<'static>>,
    key: CertificateKey,
    /// The minute that the last verdict is of.
    verdict: Mutex<Option<(i64, Result<(), Distrust>)>>,
}

/// The authorities that this machine trusts, as for every other TLS of ours.
pub(crate) fn authorities() -> RootCertStore {
    let mut authorities = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    authorities.add_parsable_certificates(found.certs);
    if authorities.is_empty() {
        tracing::warn!(
            "no certificate authorities were found on this machine: senders' certificates can't be trusted until they are installed (Debian: ca-certificates)"
        );
    }
    authorities
}

// === impl Chain ===

impl Chain {
    /// Reads a PEM text: the sender's certificate first, its issuers after it, in any order.
    ///
    /// # Errors
    /// It is something else, or the key in it is of no use.
    pub(crate) fn read(pem: &[u8], algorithm: Algorithm) -> Result<Self, String> {
        let nothing = || "what lies there is no certificate in PEM".to_owned();
        let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).take(LONGEST).collect();
        let mut all = all.map_err(|_| nothing())?.into_iter();
        let own = all.next().ok_or_else(nothing)?;
        let parsed = ParsedCertificate::try_from(&own).map_err(|_| nothing())?;
        let key = CertificateKey::new(algorithm, &parsed.subject_public_key_info())
            .map_err(|error| error.to_string())?;
        Ok(Self { own, issuers: all.collect(), key, verdict: Mutex::default() })
    }

    /// The key, if the chain is good at `now` and was issued to one of `names`.
    pub(crate) fn key(
        &self,
        names: &[String],
        now: Millis,
        authorities: &RootCertStore,
    ) -> Result<CertificateKey, Distrust> {
        self.verdict(now, authorities)?;
        let parsed = ParsedCertificate::try_from(&self.own).map_err(|_| Distrust::Unfit)?;
        let names = names.iter().filter_map(|name| ServerName::try_from(name.as_str()).ok());
        if names.into_iter().any(|name| verify_server_name(&parsed, &name).is_ok()) {
            Ok(self.key.clone())
        } else {
            Err(Distrust::ForeignName)
        }
    }

    /// Where the issuer lies that the chain lacks, if that is what it lacks.
    pub(crate) fn missing_issuer(&self, now: Millis, authorities: &RootCertStore) -> Option<String> {
        let lacks = self.judge(now, authorities) == Err(Distrust::UnknownIssuer);
        if lacks && self.issuers.len() + 1 < LONGEST {
            issuer::missing(&self.own, &self.issuers)
        } else {
            None
        }
    }

    /// False: this is no certificate, or nothing new.
    pub(crate) fn add_issuer(&mut self, fetched: &[u8]) -> bool {
        let pem = CertificateDer::from_pem_slice(fetched);
        let issuer = pem.unwrap_or_else(|_| CertificateDer::from(fetched.to_vec()));
        let is_new = ParsedCertificate::try_from(&issuer).is_ok()
            && issuer != self.own
            && !self.issuers.contains(&issuer);
        if is_new {
            self.issuers.push(issuer);
        }
        is_new
    }

    /// The signatures of a chain cost as much as the request's own: they are computed once a minute.
    fn verdict(&self, now: Millis, authorities: &RootCertStore) -> Result<(), Distrust> {
        let minute = now.seconds().div_euclid(MINUTE);
        let mut last = self.verdict.lock().unwrap_or_else(PoisonError::into_inner);
        match *last {
            Some((of, verdict)) if of == minute => verdict,
            _ => {
                let verdict = self.judge(now, authorities);
                *last = Some((minute, verdict));
                verdict
            }
        }
    }

    fn judge(&self, now: Millis, authorities: &RootCertStore) -> Result<(), Distrust> {
        let parsed = ParsedCertificate::try_from(&self.own).map_err(|_| Distrust::Unfit)?;
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_millis(now.0));
        let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&parsed, authorities, &self.issuers, now, algorithms)
            .map_err(|error| Distrust::from(&error))
    }
}

// === impl Distrust ===

impl From<&rustls::Error> for Distrust {
    fn from(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(
                CertificateError::Expired | CertificateError::ExpiredContext { .. },
            ) => Self::Expired,
            rustls::Error::InvalidCertificate(
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
            ) => Self::NotYet,
            rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => Self::UnknownIssuer,
            _ => Self::Unfit,
        }
    }
}

#[cfg(test)]
mod tests;
