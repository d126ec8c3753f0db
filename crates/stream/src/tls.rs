//! TLS to Redis: whose certificates are believed, and what is wrong when there is no trust.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use redis::{
    Client, ClientTlsConfig, ConnectionAddr, ConnectionInfo, RedisError, RedisResult, TlsCertificates,
};
use rustls::{AlertDescription, CertificateError, InvalidMessage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Certificates for servers whose URL begins with `rediss://`, as PEM.
///
/// Without any, the authorities that this machine trusts are believed. A certificate is always checked, and for the name
/// by which the server was reached.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// Authorities that are believed in place of this machine's.
    pub authorities: Option<String>,
    /// Our own certificate and its key, for a server that asks for one.
    pub identity: Option<(String, String)>,
}

/// For a server to say whether it speaks plainly.
const WAIT: Duration = Duration::from_millis(500);

// === impl Tls ===

impl Tls {
    /// The same server; if it is spoken to over TLS, with these certificates.
    pub(crate) fn with(&self, info: ConnectionInfo) -> RedisResult<ConnectionInfo> {
        if *self == Self::default() || !is_tls(&info) {
            return Ok(info);
        }
        let client_tls = self.identity.as_ref().map(|(certificate, key)| ClientTlsConfig {
            client_cert: certificate.clone().into_bytes(),
            client_key: key.clone().into_bytes(),
        });
        let root_cert = self.authorities.clone().map(String::into_bytes);
        let client = Client::build_with_tls(info, TlsCertificates { client_tls, root_cert })?;
        Ok(client.get_connection_info().clone())
    }
}

/// Without what it holds: a key is a secret.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

pub(crate) fn is_tls(info: &ConnectionInfo) -> bool {
    matches!(info.addr(), ConnectionAddr::TcpTls { .. })
}

/// Why there is no trust between us and a server, in plain words; None for any other error, and where time mends it.
pub(crate) fn mistrust(error: &RedisError) -> Option<String> {
    let words = match cause(error)? {
        // An authority that was made anew has the name of the old one, and another key.
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
            "its certificate was issued by an authority that is not trusted here: name that authority's file with \
             `ca_file` in [redis]"
                .to_owned()
        }
        rustls::Error::InvalidCertificate(
            wrong @ (CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }),
        ) => format!("its certificate is for another host: {wrong}"),
        // A new one will do.
        rustls::Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => return None,
        rustls::Error::InvalidCertificate(wrong) => format!("its certificate is not good: {wrong}"),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => PLAIN.to_owned(),
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired | AlertDescription::HandshakeFailure,
        ) => "it asks for a certificate of ours: name it with `cert_file` and `key_file` in [redis]".to_owned(),
        rustls::Error::AlertReceived(alert) => format!("it refuses us ({alert:?}), our certificate perhaps"),
        other => other.to_string(),
    };
    Some(words)
}

/// What is wrong with a server that [`is_plain`].
pub(crate) const PLAIN: &str = "it does not speak TLS at this port: TLS has a port of its own, and a URL that begins with \
                                redis:// is plain";

/// Does a server that we speak TLS to speak plainly? It takes our first message for the beginning of a command, and
/// says nothing until it has the rest.
pub(crate) async fn is_plain(info: &ConnectionInfo) -> bool {
    let ConnectionAddr::TcpTls { host, port, .. } = info.addr() else { return false };
    let asking = async {
        let mut stream = TcpStream::connect((host.as_str(), *port)).await?;
        stream.write_all(b"PING\r\n").await?;
        stream.read_u8().await
    };
    matches!(tokio::time::timeout(WAIT, asking).await, Ok(Ok(b'+' | b'-')))
}

/// The error of TLS below one of Redis'.
fn cause(error: &RedisError) -> Option<&rustls::Error> {
    let shared = error.source()?.downcast_ref::<Arc<dyn Error + Send + Sync>>()?;
    let inner = shared.downcast_ref::<io::Error>().and_then(|error| error.get_ref());
    inner.and_then(|inner| inner.downcast_ref()).or_else(|| shared.downcast_ref())
}
