//! What a service is given to work with.

use std::net::SocketAddr;

use settings::Durability;
use stream::{Patience, Replicas, Store};

use crate::partitions::open_store;
use crate::{Environment, Failure, Footing, Live, Meter, Stop};

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
    /// How Redis is, by the last look.
    pub footing: Footing,
    pub meter: Meter,
    pub stop: Stop,
    /// `hookstream dev`: admin lets loopback in.
    pub local: bool,
}

// === impl About ===

impl About {
    /// The file's port is the ingress's.
    pub(crate) fn has_port_in_file(&self) -> bool {
        self.name == "ingress"
    }
}

// === impl Context ===

impl Context {
    /// # Errors
    /// The address of Redis can't be understood.
    pub fn new(about: About, environment: Environment, live: Live, stop: Stop) -> Result<Self, Failure> {
        let settings = live.keep();
        let store = open_store(&settings.redis, Patience::Background)?;
        let (footing, meter) = (Footing::default(), Meter::default());
        Ok(Self { about, environment, live, store, footing, meter, stop, local: false })
    }

    /// Another connection to the same Redis, as patient as asked: one for each thread that answers senders.
    ///
    /// # Errors
    /// As [`Context::new`].
    pub fn open_store(&self, patience: Patience) -> Result<Store, Failure> {
        let redis = &self.live.now().redis;
        let replicas = Replicas {
            count: redis.min_replicas,
            timeout: redis.replica_timeout,
            on_disk: redis.durability == Durability::Always,
        };
        Ok(open_store(redis, patience)?.with_replicas(replicas))
    }

    /// Where this service listens.
    ///
    /// # Errors
    /// `BIND` or the port's variable can't be understood.
    pub fn listen(&self) -> Result<SocketAddr, Failure> {
        let server = &self.live.now().server;
        let port = if self.about.has_port_in_file() { server.port } else { self.about.port };
        self.environment.listen(self.about.port_variable, (Some(server.bind), port))
    }
}
