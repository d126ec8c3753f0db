//! Open connections: how many there may be, and how long one may keep us waiting between requests.
//!
//! actix gives only a connection's first head a time, and reads on without end where a chunked body was refused. So
//! each connection has a deadline here, lifted while one of its requests is being answered; whoever is past it is
//! shut down.

use std::collections::HashMap;
use std::net::{IpAddr, Shutdown};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use limit::Client;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use settings::Settings;
use tokio::net::TcpStream;
use tokio::time::Instant;

/// Longer than the idle timeouts of the proxies before us, so that they close first and never reuse a connection
/// that we are closing.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// All open connections of this process; clones share them.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Registry>);

struct Registry {
    since: Instant,
    /// Connections that this process has files for.
    room: usize,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    next: u64,
    open: HashMap<u64, Arc<Open>>,
    /// Of those that are limited, by network.
    of_network: HashMap<IpAddr, usize>,
}

struct Open {
    /// The same socket once more: actix has the other handle, and gives it to nobody.
    socket: std::net::TcpStream,
    /// Milliseconds since the registry began.
    deadline: AtomicU64,
    network: Option<IpAddr>,
}

/// One connection, as long as actix keeps it.
pub(crate) struct Connection {
    id: u64,
    open: Arc<Open>,
    registry: Arc<Registry>,
    /// Until the next request's head has come.
    idle: Duration,
}

/// One of its requests is being answered.
pub(crate) struct Busy {
    open: Arc<Open>,
    registry: Arc<Registry>,
    idle: Duration,
}

/// For a sender to notice our refusal and stop sending.
pub(crate) const DRAIN: Duration = Duration::from_secs(5);

/// Files that are no connections of senders.
const OTHER_FILES: usize = 128;

/// How often deadlines are looked at.
const EVERY: Duration = Duration::from_millis(500);

const NEVER: u64 = u64::MAX;

// === impl Connections ===

impl Connections {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Registry { since: Instant::now(), room: room(), table: Mutex::default() }))
    }

    /// Takes a connection in, or shuts it down where there are too many.
    pub(crate) fn open(&self, socket: &TcpStream, settings: &Settings) -> Option<Connection> {
        let network = socket.peer_addr().ok().and_then(|peer| limited(peer.ip(), settings));
        let socket = std::net::TcpStream::from(socket.as_fd().try_clone_to_owned().ok()?);
        let idle = KEEP_ALIVE + settings.server.request_timeout;
        let open = Arc::new(Open { socket, deadline: AtomicU64::new(self.0.in_time(idle)), network });
        let Some(id) = self.0.table().add(&open, settings, self.0.room) else {
            open.shut();
            return None;
        };
        Some(Connection { id, open, registry: self.0.clone(), idle })
    }

    /// Shuts down whoever is past its deadline, for ever.
    pub(crate) async fn watch(self) {
        loop {
            tokio::time::sleep(EVERY).await;
            let now = self.0.in_time(Duration::ZERO);
            let late = |open: &&Arc<Open>| open.deadline.load(Ordering::Relaxed) < now;
            let late: Vec<_> = self.0.table().open.values().filter(late).cloned().collect();
            if !late.is_empty() {
                tracing::info!(count = late.len(), "connections shut down: they kept us waiting");
            }
            late.iter().for_each(|open| open.shut());
        }
    }
}

/// Raises the limit of open files as far as it may, and says for how many connections that is enough.
fn room() -> usize {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Refused where the system knows better; then the limit stays as it is.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let files = getrlimit(Resource::Nofile).current.and_then(|files| usize::try_from(files).ok());
    files.map_or(usize::MAX, |files| files.saturating_sub(OTHER_FILES) / 2)
}

/// The network that a peer counts for; none for those that are not limited.
fn limited(peer: IpAddr, settings: &Settings) -> Option<IpAddr> {
    let (client, protection) = (Client::new(peer), &settings.protection);
    let free = [&settings.server.trusted_proxies, &protection.exempt, &protection.allow];
    (!free.iter().any(|networks| client.is_within(networks))).then(|| client.network())
}

// === impl Registry ===

impl Registry {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_time(&self, time: Duration) -> u64 {
        u64::try_from((self.since.elapsed() + time).as_millis()).unwrap_or(NEVER)
    }
}

// === impl Table ===

impl Table {
    /// None: there are too many.
    fn add(&mut self, open: &Arc<Open>, settings: &Settings, room: usize) -> Option<u64> {
        if self.open.len() >= settings.server.max_connections.min(room) {
            return None;
        }
        if let Some(network) = open.network {
            let count = self.of_network.entry(network).or_default();
            let most = settings.server.max_connections_per_address;
            if most > 0 && *count >= most {
                return None;
            }
            *count += 1;
        }
        self.next += 1;
        self.open.insert(self.next, open.clone());
        Some(self.next)
    }

    fn remove(&mut self, id: u64) {
        let Some(network) = self.open.remove(&id).and_then(|open| open.network) else { return };
        let count = self.of_network.entry(network).or_default();
        *count = count.saturating_sub(1);
        if *count == 0 {
            self.of_network.remove(&network);
        }
    }
}

// === impl Open ===

impl Open {
    fn shut(&self) {
        // It may be closed already.
        let _ = self.socket.shutdown(Shutdown::Both);
    }

    /// A deadline in force stays if it comes sooner.
    fn hurry(&self, deadline: u64) {
        self.deadline.fetch_min(deadline, Ordering::Relaxed);
    }
}

// === impl Connection ===

impl Connection {
    /// A request has come: no deadline while it is answered.
    pub(crate) fn begin(&self) -> Busy {
        self.open.deadline.store(NEVER, Ordering::Relaxed);
        Busy { open: self.open.clone(), registry: self.registry.clone(), idle: self.idle }
    }

    /// The rest of a body is not wanted.
    pub(crate) fn hurry(&self) {
        self.open.hurry(self.registry.in_time(DRAIN));
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.registry.table().remove(self.id);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.open.hurry(self.registry.in_time(self.idle));
    }
}
