//! The two HTTP clients: one for addresses that anybody may reach, one for those of our own network as well.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use service::Failure;

use crate::address::PublicOnly;

/// Standard Webhooks' advice, and short enough for the shortest sensible timeout.
const CONNECT: Duration = Duration::from_secs(5);
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
        let public = || builder().dns_resolver(PublicOnly);
        Ok(Self { public: build(public)?, private: build(builder)? })
    }

    /// The client for what may, or may not, lead into our own network. An address that stands in a URL never meets its
    /// resolver: [`check`](crate::check) judges that.
    pub fn of(&self, allow_private: bool) -> Client {
        if allow_private { self.private.clone() } else { self.public.clone() }
    }
}

/// No redirects: one could lead where the handler's URL may not. No proxy: it would resolve names in our place.
fn builder() -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("hookstream/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .no_proxy()
        .http1_only()
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE)
}

fn build(builder: impl Fn() -> ClientBuilder) -> Result<Client, Failure> {
    let error = match builder().build() {
        Ok(client) => return Ok(client),
        Err(error) => error,
    };
    // A machine without certificate authorities (a bare container) can still speak plain HTTP.
    let client = builder().tls_certs_only([]).build().map_err(|_| Failure::Io {
        what: "can't set up TLS".to_owned(),
        source: std::io::Error::other(error),
    })?;
    tracing::warn!(
        "no certificate authorities were found on this machine: https:// will fail until they are installed (Debian: ca-certificates)"
    );
    Ok(client)
}
