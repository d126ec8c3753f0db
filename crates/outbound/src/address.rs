//! Which addresses a request may go to: without `allow_private`, only those that anybody on the internet may reach.
//!
//! Names are resolved and judged in the client's own [connector](crate::Connector), so that the address that was judged is the one
//! that is connected to: a name that changes its address between two look-ups gains nothing.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

/// Why an address is refused. The rule is named, never the address: it may be somebody else's secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address is not public ({0}): set `allow_private = true` for it if that is meant")]
pub struct Forbidden(pub Rule);

/// The kinds of address that are not everybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    Unspecified,
    Loopback,
    Private,
    CarrierGrade,
    LinkLocal,
    Multicast,
    Documentation,
    Benchmarking,
    Embedding,
    Reserved,
}

type V4 = (Ipv4Addr, u8, Rule);
type V6 = (Ipv6Addr, u8, Rule);

/// <https://www.iana.org/assignments/iana-ipv4-special-registry>
const FORBIDDEN_V4: &[V4] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8, Rule::Unspecified),
    (Ipv4Addr::new(10, 0, 0, 0), 8, Rule::Private),
    (Ipv4Addr::new(100, 64, 0, 0), 10, Rule::CarrierGrade),
    (Ipv4Addr::new(127, 0, 0, 0), 8, Rule::Loopback),
    (Ipv4Addr::new(169, 254, 0, 0), 16, Rule::LinkLocal),
    (Ipv4Addr::new(172, 16, 0, 0), 12, Rule::Private),
    (Ipv4Addr::new(192, 0, 0, 0), 24, Rule::Reserved),
    (Ipv4Addr::new(192, 0, 2, 0), 24, Rule::Documentation),
    (Ipv4Addr::new(192, 88, 99, 0), 24, Rule::Embedding),
    (Ipv4Addr::new(192, 168, 0, 0), 16, Rule::Private),
    (Ipv4Addr::new(198, 18, 0, 0), 15, Rule::Benchmarking),
    (Ipv4Addr::new(198, 51, 100, 0), 24, Rule::Documentation),
    (Ipv4Addr::new(203, 0, 113, 0), 24, Rule::Documentation),
    (Ipv4Addr::new(224, 0, 0, 0), 4, Rule::Multicast),
    (Ipv4Addr::new(240, 0, 0, 0), 4, Rule::Reserved),
];

/// <https://www.iana.org/assignments/iana-ipv6-special-registry>, and the forms that carry an IPv4 address within.
/// The first that fits decides; outside `2000::/3` nothing is global.
const FORBIDDEN_V6: &[V6] = &[
    (Ipv6Addr::UNSPECIFIED, 128, Rule::Unspecified),
    (Ipv6Addr::LOCALHOST, 128, Rule::Loopback),
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96, Rule::Embedding),
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48, Rule::Embedding),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, Rule::Embedding),
    (Ipv6Addr::new(0x2001, 2, 0, 0, 0, 0, 0, 0), 48, Rule::Benchmarking),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, Rule::Documentation),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, Rule::Reserved),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, Rule::Embedding),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, Rule::Documentation),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, Rule::Private),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, Rule::LinkLocal),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, Rule::Private),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, Rule::Multicast),
];

const GLOBAL_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Judges an address that stands in the URL itself; a name is left to the resolver.
///
/// # Errors
/// The address is not public.
pub fn check(url: &Url) -> Result<(), Forbidden> {
    match url.host() {
        Some(Host::Ipv4(ip)) => judge(ip.into()),
        Some(Host::Ipv6(ip)) => judge(ip.into()),
        Some(Host::Domain(_)) | None => Ok(()),
    }
}

/// Judges what a name was resolved to.
///
/// # Errors
/// Any of the addresses is not public.
pub(crate) fn judge_all(found: &[SocketAddr]) -> Result<(), Forbidden> {
    found.iter().try_for_each(|address| judge(address.ip()))
}

fn judge(ip: IpAddr) -> Result<(), Forbidden> {
    // `::ffff:10.0.0.1` is connected to as 10.0.0.1.
    let broken = match ip.to_canonical() {
        IpAddr::V4(ip) => {
            FORBIDDEN_V4.iter().find(|(net, bits, _)| within_v4(ip, *net, *bits)).map(|net| net.2)
        }
        IpAddr::V6(ip) => {
            let listed =
                FORBIDDEN_V6.iter().find(|(net, bits, _)| within_v6(ip, *net, *bits)).map(|net| net.2);
            let (global, bits) = GLOBAL_V6;
            listed.or((!within_v6(ip, global, bits)).then_some(Rule::Reserved))
        }
    };
    broken.map_or(Ok(()), |rule| Err(Forbidden(rule)))
}

fn within_v4(ip: Ipv4Addr, net: Ipv4Addr, bits: u8) -> bool {
    (ip.to_bits() ^ net.to_bits()) >> (32 - bits) == 0
}

fn within_v6(ip: Ipv6Addr, net: Ipv6Addr, bits: u8) -> bool {
    (ip.to_bits() ^ net.to_bits()) >> (128 - bits) == 0
}

// === impl Rule ===

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "unspecified",
            Self::Loopback => "loopback",
            Self::Private => "private network",
            Self::CarrierGrade => "carrier-grade NAT",
            Self::LinkLocal => "link-local",
            Self::Multicast => "multicast",
            Self::Documentation => "documentation",
            Self::Benchmarking => "benchmarking",
            Self::Embedding => "an IPv4 address embedded in another",
            Self::Reserved => "reserved",
        })
    }
}

#[cfg(test)]
mod tests;
