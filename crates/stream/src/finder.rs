//! Which server has the keys of a slot: a fixed one, a sentinels' master, or a node of a cluster.
//!
//! Nobody is asked while all goes well. A server that fails, or says that it is not (or no longer) the one, puts what
//! is known in doubt, and the next command asks before it goes out.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use redis::io::tcp::TcpSettings;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisError, RedisResult};
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use crate::ask::{self, Owner};
use crate::server::Server;
use crate::slot::Slot;
use crate::tls::is_plain;
use crate::{Patience, Servers, StoreError, Tls};

/// Finds servers, and keeps one connection to each.
pub(crate) struct Finder {
    way: Way,
    /// How to log in, and over what; only the address is another for each server.
    like: ConnectionInfo,
    patience: Patience,
    /// Servers that are found by a question from another runtime are connected to in this one.
    home: Handle,
    known: RwLock<Known>,
    /// One asks for all.
    asking: Mutex<()>,
}

enum Way {
    One,
    Sentinel { sentinels: Vec<ConnectionInfo>, master: String },
    Cluster { nodes: Vec<ConnectionInfo> },
}

/// What was last heard of who owns what.
#[derive(Default)]
struct Known {
    owners: Vec<(Owner, Arc<Server>)>,
    doubted: bool,
    asked: Option<Asked>,
}

/// The last question to those who can tell.
#[derive(Clone, Copy)]
struct Asked {
    began: Instant,
    ended: Instant,
}

/// What is in doubt is asked about at most this often: while a failover is under way nobody knows better.
const ASK_AGAIN: Duration = Duration::from_millis(100);

/// A server that takes no connection may be just starting.
const RETRIES: usize = 1;

// === impl Finder ===

impl Finder {
    /// Connects to nobody yet.
    pub(crate) fn new(servers: &Servers, tls: &Tls, patience: Patience) -> Result<Self, StoreError> {
        let address = |source| StoreError::Address { url: without_password(servers.url()), source };
        let like =
            tls.with(info(servers.url()).map_err(address)?).map_err(|error| StoreError::unusable(&error))?;
        Self::with(like, servers, patience).map_err(address)
    }

    fn with(like: ConnectionInfo, servers: &Servers, patience: Patience) -> RedisResult<Self> {
        let mut known = Known { doubted: true, ..Known::default() };
        let way = match servers {
            Servers::One(_) => {
                let server = Arc::new(Server::at(like.clone(), patience, RETRIES)?);
                known = Known { owners: vec![(Owner::of_all(String::new(), 0), server)], ..Known::default() };
                Way::One
            }
            Servers::Sentinel { sentinels, master, .. } => {
                let asked = infos(sentinels)?.into_iter().map(|sentinel| encrypted(&like, sentinel));
                Way::Sentinel { sentinels: asked.collect(), master: master.clone() }
            }
            Servers::Cluster { nodes, .. } => {
                Way::Cluster { nodes: infos(nodes)?.iter().map(|node| moved(&like, node.addr())).collect() }
            }
        };
        let home = Handle::current();
        Ok(Self { way, like, patience, home, known: RwLock::new(known), asking: Mutex::default() })
    }

    /// The server that has the keys of this slot, as far as is known.
    ///
    /// A master that comes back just after another became it does not know yet that it is none, and takes what it must
    /// forget when it is told. (A cluster's waits until the others have told it.) So what waits while the master is away
    /// goes to whom the sentinels name then, not to whom they named a moment ago.
    pub(crate) async fn server(&self, slot: Slot) -> RedisResult<Arc<Server>> {
        let came = Instant::now();
        let is_fresh = |asked: &Asked| match self.way {
            Way::Sentinel { .. } => asked.began >= came,
            Way::One | Way::Cluster { .. } => asked.ended.elapsed() < ASK_AGAIN,
        };
        if let Some(known) = self.known().answer(slot, is_fresh) {
            return known;
        }
        let _alone = self.asking.lock().await;
        // Somebody may have asked meanwhile, for all who wait.
        if let Some(known) = self.known().answer(slot, is_fresh) {
            return known;
        }
        let before = self.known().asked.map(|asked| asked.ended.elapsed());
        if let Some(rest) = before.and_then(|before| ASK_AGAIN.checked_sub(before)) {
            tokio::time::sleep(rest).await;
        }
        let began = Instant::now();
        let asked = self.ask().await;
        let mut known = self.change();
        known.asked = Some(Asked { began, ended: Instant::now() });
        match asked {
            Ok(owners) => self.adopt(&mut known, owners)?,
            // Those who could tell are away; what was known may hold all the same.
            Err(error) if known.owners.is_empty() => return Err(error),
            Err(_) => {}
        }
        known.owner(slot).ok_or_else(nobody)
    }

    /// Takes note of what a server answered. True: it has refused to do anything, since another has the keys.
    pub(crate) fn heard(&self, from: &Arc<Server>, error: &RedisError) -> bool {
        let refused = matches!(error.code(), Some("MOVED" | "READONLY"));
        let failed = error.is_io_error() || error.is_connection_dropped() || error.is_timeout();
        let failing = matches!(error.code(), Some("CLUSTERDOWN" | "MASTERDOWN" | "UNBLOCKED" | "LOADING"));
        if !(refused || failed || failing) || matches!(self.way, Way::One) {
            return false;
        }
        let mut known = self.change();
        // News of a server that was left since is no news.
        if known.owners.iter().any(|(_, server)| Arc::ptr_eq(server, from)) {
            known.doubted = true;
        }
        refused
    }

    /// None of the servers known is the one: each is looked up by its name again, and who owns what is asked anew.
    pub(crate) fn give_up(&self) {
        let mut known = self.change();
        known.owners.iter().for_each(|(_, server)| server.give_up());
        known.doubted |= !matches!(self.way, Way::One);
    }

    async fn ask(&self) -> RedisResult<Vec<Owner>> {
        match &self.way {
            Way::One => Err(nobody()),
            Way::Sentinel { sentinels, master } => ask::sentinels(sentinels, master).await,
            Way::Cluster { .. } => ask::cluster(&self.addresses()).await,
        }
    }

    /// Every server that is known or could be asked.
    fn addresses(&self) -> Vec<ConnectionInfo> {
        let mut all: Vec<_> = self.known().owners.iter().map(|(_, server)| server.info().clone()).collect();
        match &self.way {
            Way::One => {}
            Way::Sentinel { sentinels: asked, .. } | Way::Cluster { nodes: asked } => {
                all.extend(asked.iter().cloned());
            }
        }
        all.sort_by_key(|info| info.addr().to_string());
        all.dedup_by_key(|info| info.addr().to_string());
        all
    }

    /// Is there one that is to speak TLS, and does not?
    pub(crate) async fn is_plain(&self) -> bool {
        let asked = self.addresses().into_iter().map(async |info| is_plain(&info).await);
        join_all(asked).await.into_iter().any(|plain| plain)
    }

    /// Servers that are known already keep their connections.
    fn adopt(&self, known: &mut Known, owners: Vec<Owner>) -> RedisResult<()> {
        let mut all: Vec<(Owner, Arc<Server>)> = Vec::with_capacity(owners.len());
        for owner in owners {
            let same = |(other, _): &&(Owner, Arc<Server>)| other.address() == owner.address();
            let server = match all.iter().chain(&known.owners).find(same) {
                Some((_, server)) => server.clone(),
                None => {
                    let (host, port) = owner.address();
                    let address = ConnectionAddr::Tcp(host.to_owned(), port);
                    let _home = self.home.enter();
                    let retries = if matches!(self.way, Way::Sentinel { .. }) { 0 } else { RETRIES };
                    Arc::new(Server::at(moved(&self.like, &address), self.patience, retries)?)
                }
            };
            all.push((owner, server));
        }
        if known.names() != names(&all) {
            tracing::info!(servers = names(&all).join(", "), "Redis is at");
        }
        known.owners = all;
        known.doubted = false;
        Ok(())
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Known ===

impl Known {
    /// None: it is in doubt, and time to ask. What was heard may do for the moment, if `is_fresh` says so.
    fn answer(&self, slot: Slot, is_fresh: impl Fn(&Asked) -> bool) -> Option<RedisResult<Arc<Server>>> {
        (!self.doubted || self.asked.as_ref().is_some_and(is_fresh))
            .then(|| self.owner(slot).ok_or_else(nobody))
    }

    fn owner(&self, slot: Slot) -> Option<Arc<Server>> {
        self.owners.iter().find(|(owner, _)| owner.has(slot)).map(|(_, server)| server.clone())
    }

    fn names(&self) -> Vec<String> {
        names(&self.owners)
    }
}

fn names(owners: &[(Owner, Arc<Server>)]) -> Vec<String> {
    let mut names: Vec<String> = owners
        .iter()
        .map(|(owner, _)| {
            let (host, port) = owner.address();
            format!("{host}:{port}")
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// An address, as a URL or as `host:port`. Nagle's algorithm costs a third of the throughput on a real network; a
/// half-open connection must not last until the kernel gives up by itself (15 minutes).
fn info(address: &str) -> RedisResult<ConnectionInfo> {
    let tcp = TcpSettings::default().set_nodelay(true).set_user_timeout(Duration::from_secs(3));
    let info = if address.contains("://") {
        address.into_connection_info()
    } else {
        format!("redis://{address}").into_connection_info()
    };
    Ok(info?.set_tcp_settings(tcp))
}

fn infos(addresses: &[String]) -> RedisResult<Vec<ConnectionInfo>> {
    addresses.iter().map(|address| info(address)).collect()
}

/// The same login at another host and port; encrypted where that is.
fn moved(like: &ConnectionInfo, to: &ConnectionAddr) -> ConnectionInfo {
    like.clone().set_addr(over_the_same(like.addr(), to))
}

/// The same server and login; encrypted where the other is, with the same certificates.
fn encrypted(like: &ConnectionInfo, server: ConnectionInfo) -> ConnectionInfo {
    let address = over_the_same(like.addr(), server.addr());
    server.set_addr(address)
}

fn over_the_same(like: &ConnectionAddr, to: &ConnectionAddr) -> ConnectionAddr {
    match (like, to) {
        (
            ConnectionAddr::TcpTls { insecure, tls_params, .. },
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. },
        ) => ConnectionAddr::TcpTls {
            host: host.clone(),
            port: *port,
            insecure: *insecure,
            tls_params: tls_params.clone(),
        },
        (_, to) => to.clone(),
    }
}

/// Nothing was sent to anybody.
fn nobody() -> RedisError {
    let kind = std::io::ErrorKind::ConnectionRefused;
    RedisError::from(std::io::Error::new(kind, "no server is known to have these keys just now"))
}

/// An address fit for a message: what stands before `@` is hidden.
fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}://…{}", &url[..scheme], &url[at..]),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_does_not_reach_a_message() {
        assert_eq!(without_password("redis://:secret@host:6379"), "redis://…@host:6379");
        assert_eq!(without_password("redis://host"), "redis://host");
    }
}
