//! Why a program ends with an error, and with which exit code.

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use settings::Mistakes;
use stream::StoreError;

/// 2: usage or configuration; 3: a server can't be reached; 1: anything else.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{0}")]
    Settings(Mistakes),
    #[error("{0}")]
    Usage(String),
    #[error("port {port} is taken on {ip}: another program listens there. Stop it, or choose another port with {setting}.", port = .address.port(), ip = .address.ip())]
    PortTaken { address: SocketAddr, setting: String },
    #[error("can't listen on {address}: {source}. The address and port are set with {setting}.")]
    Listen { address: SocketAddr, setting: String, source: io::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Redis is not as the configuration requires.
    #[error("{0}")]
    Unfit(String),
    #[error("{0}")]
    Unreachable(String),
    #[error("{what}: {source}")]
    Io { what: String, source: io::Error },
}

impl Failure {
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Settings(_)
            | Self::Usage(_)
            | Self::Unfit(_)
            | Self::PortTaken { .. }
            | Self::Listen { .. }
            | Self::Store(StoreError::Address { .. } | StoreError::Tls(_)) => 2,
            Self::Store(_) | Self::Unreachable(_) => 3,
            Self::Io { .. } => 1,
        })
    }
}
