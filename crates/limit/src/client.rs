//! Who sends: the address that a request came from, as far as it can be believed.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;

use crate::forwarded::{self, Hop};

/// Who is counted and blocked: an IPv4 address, or the /64 network of an IPv6 address, since whoever has one address
/// of such a network usually has all 2^64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Client {
    address: IpAddr,
    stands_for_many: bool,
    exempt: bool,
}

/// A text that names no client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an IP address: write 203.0.113.9, 2001:db8::1 or 2001:db8::/64")]
pub struct NotAClient(pub String);

// === impl Client ===

impl Client {
    /// The client at this address. An IPv4 address written as IPv6 (`::ffff:203.0.113.9`) is the IPv4 address:
    /// apart, they would have double the budget, and masked, all of IPv4 would be one client.
    pub fn new(address: IpAddr) -> Self {
        Self { address: address.to_canonical(), stands_for_many: false, exempt: false }
    }

    /// The client of a request. See [`client_address`].
    pub fn of<'h>(peer: IpAddr, headers: impl Fn(&str) -> Vec<&'h [u8]>, trusted: &[IpNet]) -> Self {
        let mut client = Self::new(client_address(peer, headers, trusted));
        client.stands_for_many = is_in(client.address, trusted);
        client
    }

    /// The same client, never blocked if its address is in one of these networks.
    #[must_use]
    pub fn exempt_in(self, networks: &[IpNet]) -> Self {
        Self { exempt: self.exempt || is_in(self.address, networks), ..self }
    }

    /// Is its address in one of these networks?
    pub fn is_within(&self, networks: &[IpNet]) -> bool {
        is_in(self.address, networks)
    }

    /// The full address, canonical.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// May limits and suspicion block it? Not if it is exempt. And a trusted proxy that did not say for whom it sends
    /// stands for all its senders: one bad sender would lock out all.
    pub fn may_be_blocked(&self) -> bool {
        !self.stands_for_many && !self.exempt
    }

    /// Is it let in even though its network or it itself is blocked?
    pub fn is_exempt(&self) -> bool {
        self.exempt
    }

    /// The address with the bits that are not counted set to zero.
    pub fn network(&self) -> IpAddr {
        match self.address {
            IpAddr::V4(_) => self.address,
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        }
    }

    /// The client's name in Redis: `203.0.113.9`, or `2001:db8:1:2::/64`.
    pub fn key(&self) -> String {
        match self.network() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(network) => format!("{network}/64"),
        }
    }
}

/// The full address, as logs show it.
impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

/// An address, or what [`Client::key`] gives.
impl FromStr for Client {
    type Err = NotAClient;

    fn from_str(text: &str) -> Result<Self, NotAClient> {
        let trimmed = text.trim();
        let address = match trimmed.strip_suffix("/64") {
            Some(network) => network.parse().map(IpAddr::V6),
            None => trimmed.parse(),
        };
        address.map(Self::new).map_err(|_| NotAClient(text.to_owned()))
    }
}

/// The address that a request came from (canonical, without a port).
///
/// The peer, unless it is a trusted proxy: only then are headers believed, and of them the first that is there:
/// `X-Forwarded-For`, `Forwarded` (RFC 7239), `X-Real-IP`. Of a list it is the right-most address that is no trusted
/// proxy: what stands left of it was written by a stranger. An entry on the way that is no address ends the search,
/// and the peer is taken. If all are trusted, it is the left-most.
///
/// A proxy must set the first of these headers that it lets through, or remove it: what it passes on unseen is the
/// sender's own word.
///
/// `headers` gives all values of a header by its name, in their order.
pub fn client_address<'h>(
    peer: IpAddr,
    headers: impl Fn(&str) -> Vec<&'h [u8]>,
    trusted: &[IpNet],
) -> IpAddr {
    let peer = peer.to_canonical();
    if !is_in(peer, trusted) {
        return peer;
    }
    let list = headers("x-forwarded-for");
    if !list.is_empty() {
        return walk(peer, forwarded::addresses(&list), trusted);
    }
    let list = headers("forwarded");
    if !list.is_empty() {
        return walk(peer, forwarded::elements(&list), trusted);
    }
    match headers("x-real-ip")[..] {
        [only] => forwarded::address(only).unwrap_or(peer),
        // Two of them: one is a stranger's.
        _ => peer,
    }
}

/// `hops` come right-most first.
fn walk(peer: IpAddr, hops: impl Iterator<Item = Hop>, trusted: &[IpNet]) -> IpAddr {
    let mut furthest = peer;
    for hop in hops {
        match hop {
            None => return peer,
            Some(address) if is_in(address, trusted) => furthest = address,
            Some(address) => return address,
        }
    }
    furthest
}

fn is_in(address: IpAddr, networks: &[IpNet]) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

#[cfg(test)]
mod tests;
