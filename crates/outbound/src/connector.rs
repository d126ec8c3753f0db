//! How a connection is opened: names are judged, TLS is spoken where it is asked for, and it takes no longer than a while.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;

use crate::address::judge_all;

/// Standard Webhooks' advice, and short enough for the shortest sensible timeout. TLS counts.
const CONNECT: Duration = Duration::from_secs(5);
/// A connection whose other end is gone without a word is found out by these.
const KEEPALIVE: Duration = Duration::from_secs(15);
const PROBES: u32 = 3;
const UNANSWERED: Duration = Duration::from_secs(30);

type Failed = Box<dyn std::error::Error + Send + Sync>;
type Opening<T> = Pin<Box<dyn Future<Output = Result<T, Failed>> + Send>>;

/// Opens connections for one client.
#[derive(Debug, Clone)]
pub struct Connector(HttpsConnector<HttpConnector<Names>>);

/// There was no connection within [`CONNECT`].
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("could not connect within {} s", CONNECT.as_secs())]
pub(crate) struct TooSlow;

/// Resolves names; unless private addresses are allowed, it refuses one of whose addresses any is forbidden.
#[derive(Debug, Clone, Copy)]
struct Names {
    allow_private: bool,
}

// === impl Connector ===

impl Connector {
    pub(crate) fn new(allow_private: bool, tls: ClientConfig) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Names { allow_private });
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        tcp.set_keepalive_interval(Some(KEEPALIVE));
        tcp.set_keepalive_retries(Some(PROBES));
        #[cfg(target_os = "linux")]
        tcp.set_tcp_user_timeout(Some(UNANSWERED));
        Self(HttpsConnector::from((tcp, tls)))
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = Failed;
    type Future = Opening<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failed>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let opening = self.0.call(to);
        Box::pin(async move { tokio::time::timeout(CONNECT, opening).await.map_err(|_| TooSlow)? })
    }
}

// === impl Names ===

impl Service<Name> for Names {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Failed;
    type Future = Opening<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failed>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if !allow_private {
                judge_all(&found)?;
            }
            Ok(found.into_iter())
        })
    }
}
