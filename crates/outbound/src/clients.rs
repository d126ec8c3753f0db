//! The two HTTP clients: one for addresses that anybody may reach, one for those of our own network as well.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use service::Failure;

use crate::connector::Connector;

/// A pool of connections, and what opens them. It follows no redirect (one could lead where the URL may not) and knows no
/// proxy (which would resolve names in our place). Cheap to clone.
pub type Client = legacy::Client<Connector, Full<Bytes>>;

/// Who is asking, as the header says.
pub const USER_AGENT: &str = concat!("hookstream/", env!("CARGO_PKG_VERSION"));

/// Below the usual keep-alive of servers, so that we are the ones to close.
const IDLE: Duration = Duration::from_secs(20);

/// Pooled connections, shared by all handlers and kept when the configuration changes.
#[derive(Debug, Clone)]
pub struct Clients {
    public: Client,
    private: Client,
}

// === impl Clients ===

impl Clients {
    /// # Errors
    /// TLS can't be set up.
    pub fn new() -> Result<Self, Failure> {
        service::use_tls();
        let tls = tls()?;
        let client = |allow_private| client(Connector::new(allow_private, tls.clone()));
        Ok(Self { public: client(false), private: client(true) })
    }

    /// The client for what may, or may not, lead into our own network. An address that stands in a URL never meets its
    /// resolver: [`check`](crate::check) judges that.
    pub fn of(&self, allow_private: bool) -> &Client {
        if allow_private { &self.private } else { &self.public }
    }
}

fn client(connector: Connector) -> Client {
    let mut builder = legacy::Client::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE);
    builder.build(connector)
}

/// TLS as it is everywhere, with the authorities that this machine trusts.
fn tls() -> Result<ClientConfig, Failure> {
    let failed = |source: rustls::Error| Failure::Io {
        what: "can't set up TLS".to_owned(),
        source: std::io::Error::other(source),
    };
    let provider = CryptoProvider::get_default().cloned();
    let provider = provider.unwrap_or_else(|| Arc::new(rustls::crypto::ring::default_provider()));
    let builder =
        || ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let config = match builder().map_err(failed)?.with_platform_verifier() {
        Ok(trusting) => trusting,
        // A machine without certificate authorities (a bare container) can still speak plain HTTP.
        Err(_) => {
            tracing::warn!(
                "no certificate authorities were found on this machine: https:// will fail until they are installed (Debian: ca-certificates)"
            );
            builder().map_err(failed)?.with_root_certificates(RootCertStore::empty())
        }
    };
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
