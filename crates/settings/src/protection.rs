//! `[protection]`: which addresses are suspicious, and what becomes of them.

use std::time::Duration;

use ipnet::IpNet;

use crate::section::Section;
use crate::shape::{Key, Kind, Shape};
use crate::value;

/// Each bad request adds its weight to its address; at `threshold` within `window` the address is blocked.
#[derive(Debug, Clone, PartialEq)]
pub struct Protection {
    pub bad_signature_weight: u32,
    pub unknown_endpoint_weight: u32,
    pub malformed_weight: u32,
    /// 0: nobody is blocked for suspicion.
    pub threshold: u32,
    pub window: Duration,
    pub block_duration: Duration,
    /// Never blocked by suspicion.
    pub exempt: Vec<IpNet>,
    /// Never blocked, and not limited by address.
    pub allow: Vec<IpNet>,
    /// Refused, whatever they send. `allow` stands over it.
    pub deny: Vec<IpNet>,
    /// Requests a second of one address, before its signatures are checked; 0: no limit.
    pub address_rate: u32,
    /// How many of them may come at once, after a pause.
    pub address_burst: u32,
    /// Refusals a second that one process answers; 0: any number.
    pub refusal_rate: u32,
}

pub(crate) static PROTECTION: Shape = Shape {
    title: "[protection]",
    about: "Addresses that send what no provider would are blocked for a while. Each such request adds its weight \
            to the address it came from; an address that reaches `threshold` within `window` is blocked for \
            `block_duration`.",
    keys: &[
        Key::new("bad_signature_weight", Kind::COUNT, "Weight of a missing, malformed, stale or wrong signature.")
            .default("2"),
        Key::new("unknown_endpoint_weight", Kind::COUNT, "Weight of a request to an endpoint that there isn't.")
            .default("1"),
        Key::new("malformed_weight", Kind::COUNT, "Weight of a malformed request or body.").default("1"),
        Key::new("threshold", Kind::COUNT, "The sum at which an address is blocked; 0: never.").default("20"),
        Key::new("window", Kind::SECONDS, "Seconds over which weights are summed up.").default("60"),
        Key::new("block_duration", Kind::SECONDS, "Seconds for which the address is blocked.").default("300"),
        Key::new(
            "exempt",
            Kind::List(&Kind::Network),
            "Networks that are never blocked for this. Loopback by default: health checks, a proxy on the same \
             machine and the developer come from there, and blocking it would lock out all of them at once. An \
             endpoint's `block_duration` and an operator's block hold for them too.",
        )
        .default("[\"127.0.0.0/8\", \"::1\"]"),
        Key::new(
            "allow",
            Kind::List(&Kind::Network),
            "Networks that are let in whatever is said against them: never blocked, by nobody, and not limited by address. An \
             endpoint's own limits hold for them too.",
        )
        .default("[]"),
        Key::new(
            "deny",
            Kind::List(&Kind::Network),
            "Networks whose requests are all refused with 403; `allow` stands over it.",
        )
        .default("[]"),
        Key::new(
            "address_rate",
            Kind::COUNT,
            "Requests a second that one address (IPv6: one /64) may send to one process before its signatures are \
             checked; 0: any number. Not for `exempt` and `allow`, and whoever proves itself does not count.",
        )
        .default("200"),
        Key::new("address_burst", Kind::POSITIVE, "How many of them may come at once, after a pause.").default("400"),
        Key::new(
            "refusal_rate",
            Kind::COUNT,
            "Refusals a second that one process answers, to all addresses together; 0: any number. When more is \
             refused, the answers wait for their turn, up to five seconds, so that a flood leaves room for those who \
             prove themselves: they never wait.",
        )
        .default("500"),
    ],
};

pub(crate) fn read(whole: &Section<'_>) -> Protection {
    let section = whole.table("protection", &PROTECTION);
    let count = |name| section.whole(name).unwrap_or_default();
    Protection {
        bad_signature_weight: count("bad_signature_weight"),
        unknown_endpoint_weight: count("unknown_endpoint_weight"),
        malformed_weight: count("malformed_weight"),
        threshold: count("threshold"),
        window: section.seconds("window"),
        block_duration: section.seconds("block_duration"),
        exempt: section.items("exempt", value::network),
        allow: section.items("allow", value::network),
        deny: section.items("deny", value::network),
        address_rate: count("address_rate"),
        address_burst: count("address_burst"),
        refusal_rate: count("refusal_rate"),
    }
}
