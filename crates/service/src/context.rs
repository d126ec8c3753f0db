//! What a service is given to work with.

use std::net::SocketAddr;

use stream::{Patience, Store};

use crate::partitions::open_store;
use crate::{Environment, Failure, Live, Meter, Stop};

/// A service's name and place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// `ingress`, `router`, `worker`, `metrics`, `archiver`.
    pub name: &'static str,
    /// The program's name: `hookstream-ingress`.
    pub program: &'static str,
    pub port: u16,
    /// The variable that moves the port.
    pub port_variable: &'static str,
    /// One line for `--help`.
    pub does: &'static str,
}

/// Everything around the work. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Context {
    pub about: About,
    pub environment: Environment,
    pub live: Live,
    pub store: Store,
    pub meter: Meter,
    pub stop: Stop,
    /// `hookstream dev`: admin lets loopback in.
    pub local: bool,
}

// === impl Context ===

impl Context {
    /// # Errors
    /// The address of Redis can't be understood.
    pub fn new(about: About, environment: Environment, live: Live, stop: Stop) -> Result<Self, Failure> {
        let settings = live.keep();
        let store = open_store(&settings.redis, Patience::Background)?;
        Ok(Self { about, environment, live, store, meter: Meter::default(), stop, local: false })
    }

    /// Another connection to the same Redis, as patient as asked: one for each thread that answers senders.
    ///
    /// # Errors
    /// As [`Context::new`].
    pub fn open_store(&self, patience: Patience) -> Result<Store, Failure> {
        Ok(open_store(&self.live.now().redis, patience)?)
    }

    /// Where this service listens.
    ///
    /// # Errors
    /// `BIND` or the port's variable can't be understood.
    pub fn listen(&self) -> Result<SocketAddr, Failure> {
        let server = &self.live.now().server;
        // The file's port is the ingress's.
        let port = if self.about.name == "ingress" { server.port } else { self.about.port };
        self.environment.listen(self.about.port_variable, (Some(server.bind), port))
    }
}
