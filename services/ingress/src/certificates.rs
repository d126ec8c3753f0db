//! Certificates that requests name by URL: fetched once for all threads, kept for a while, judged at each request.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use event::Millis;
use outbound::{Bounds, Clients};
use rustls::RootCertStore;
use signature::{Algorithm, CertificateKey, CertificatePlace};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use url::Url;

mod chain;
mod issuer;
mod shelf;

use chain::{Chain, Distrust};
use shelf::{Entry, Name, Shelf};

/// Fetched at once: whoever can send a request can name URLs, though only at the provider's.
const MOST_FETCHING: usize = 8;

/// A chain of a few certificates has a few kilobytes.
const LARGEST: usize = 65_536;

/// Why a request can't be verified by the certificate that it names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoCertificate {
    /// Not here yet; the sender should try again.
    #[error("the sender's certificate could not be fetched: {0}")]
    Unavailable(String),
    /// It is here, and proves nothing.
    #[error("the sender's certificate is not trusted: {0}")]
    Distrusted(Distrust),
}

/// A certificate that is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) place: &'a CertificatePlace,
    /// Its key is for this.
    pub(crate) algorithm: Algorithm,
    /// When it has to be good.
    pub(crate) now: Millis,
    pub(crate) wanted: &'a settings::Certificates,
}

/// All that were fetched. Cheap to clone; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Certificates {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    tools: OnceLock<Result<Tools, String>>,
    shelf: Mutex<Shelf>,
    fetching: Semaphore,
}

/// Made when the first is needed: most gateways never need one.
#[derive(Debug)]
struct Tools {
    clients: Clients,
    authorities: RootCertStore,
}

// === impl Certificates ===

impl Default for Shared {
    fn default() -> Self {
        Self { tools: OnceLock::new(), shelf: Mutex::default(), fetching: Semaphore::new(MOST_FETCHING) }
    }
}

impl Certificates {
    /// The key of the certificate at its place, if it is good at that time. Whoever asks while it is being fetched waits for
    /// the one answer.
    ///
    /// # Errors
    /// It can't be had, or it is not the provider's, or not at that time.
    pub(crate) async fn key(&self, asked: &Asked<'_>) -> Result<CertificateKey, NoCertificate> {
        let tools = self.tools().map_err(NoCertificate::Unavailable)?;
        let entry = self.entry(asked).map_err(|why| NoCertificate::Unavailable(why.to_owned()))?;
        let fetched = entry.chain.get_or_init(async || self.fetch(tools, asked).await).await;
        let chain = fetched.as_ref().map_err(|why| NoCertificate::Unavailable(why.clone()))?;
        chain.key(&asked.place.names, asked.now, &tools.authorities).map_err(NoCertificate::Distrusted)
    }

    fn entry(&self, asked: &Asked<'_>) -> Result<Arc<Entry>, &'static str> {
        let name = Name { url: asked.place.url.clone(), algorithm: asked.algorithm };
        let mut shelf = self.shared.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.entry(name, Instant::now(), asked.wanted.keep)
    }

    /// What requests are made with.
    ///
    /// # Errors
    /// TLS can't be set up.
    pub(crate) fn clients(&self) -> Result<&Clients, String> {
        self.tools().map(|tools| &tools.clients)
    }

    fn tools(&self) -> Result<&Tools, String> {
        let make = || {
            let clients = Clients::new().map_err(|error| error.to_string())?;
            Ok(Tools { clients, authorities: chain::authorities() })
        };
        self.shared.tools.get_or_init(make).as_ref().map_err(Clone::clone)
    }

    async fn fetch(&self, tools: &Tools, asked: &Asked<'_>) -> Result<Chain, String> {
        let fetched = self.try_fetch(tools, asked).await;
        let url = asked.place.url.as_str();
        match &fetched {
            Ok(_) => tracing::info!(url, "a sender's certificate was fetched"),
            Err(why) => tracing::warn!(url, why, "a sender's certificate could not be fetched"),
        }
        fetched
    }

    async fn try_fetch(&self, tools: &Tools, asked: &Asked<'_>) -> Result<Chain, String> {
        let wanted = asked.wanted;
        let until = Instant::now() + wanted.timeout;
        let turn = timeout_at(until, self.shared.fetching.acquire()).await;
        let _turn =
            turn.map_err(|_| "too many others are being fetched")?.map_err(|error| error.to_string())?;
        let get = async |url: &str| {
            let url = Url::parse(url).map_err(|error| error.to_string())?;
            let time = until.saturating_duration_since(Instant::now());
            let bounds = Bounds { bytes: LARGEST, time, allow_private: wanted.allow_private };
            tools.clients.get(&url, bounds).await.map_err(|error| error.to_string())
        };
        let mut chain = Chain::read(&get(&asked.place.url).await?, asked.algorithm)?;
        while let Some(url) = chain.missing_issuer(asked.now, &tools.authorities) {
            // Whatever comes is believed only if the chain fits together in the end.
            if !chain.add_issuer(&get(&url).await?) {
                break;
            }
        }
        Ok(chain)
    }
}
