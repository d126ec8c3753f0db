//! `[server]`: the HTTP side.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;

use crate::section::Section;
use crate::shape::{Key, Kind, Shape};
use crate::{environment, value};

/// Where the ingress listens and what it takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    pub bind: IpAddr,
    pub port: u16,
    /// Peers whose `X-Forwarded-For` and `X-Real-IP` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Bytes of a request body.
    pub max_request_size: usize,
    /// For a request's head and body to come in.
    pub request_timeout: Duration,
    /// Bytes a second below which a body is cut off, once it has had five seconds; 0: only by `request_timeout`.
    pub min_body_rate: u32,
    /// Connections open at once; more are closed as they come.
    pub max_connections: usize,
    /// Of them from one address (IPv6: one /64); 0: no limit.
    pub max_connections_per_address: usize,
    /// Where admin listens; on the ingress port if absent.
    pub admin_bind: Option<SocketAddr>,
    /// How long a stop waits for work under way.
    pub grace: Duration,
}

/// The largest body that can be allowed, 64 MiB: an event is held in memory and in Redis.
pub(crate) const LARGEST_BODY: i64 = 67_108_864;

pub(crate) static SERVER: Shape = Shape {
    title: "[server]",
    about: "The HTTP side of the ingress.",
    keys: &[
        Key::new("bind", Kind::Address, "Address to listen on. `BIND` overrides it.").default("\"0.0.0.0\""),
        Key::new(
            "port",
            Kind::Whole { min: 0, max: 65_535 },
            "Port of the ingress; 0 takes a free one. `PORT` overrides it.",
        )
        .default("5000"),
        Key::new(
            "trusted_proxies",
            Kind::List(&Kind::Network),
            "Networks whose `X-Forwarded-For` and `X-Real-IP` are believed. `HOOKSTREAM_TRUSTED_PROXIES` adds more, with \
             commas between them.",
        )
        .default("[]"),
        Key::new(
            "max_request_size",
            Kind::Whole { min: 1, max: LARGEST_BODY },
            "Largest request body, in bytes. `MAX_REQUEST_SIZE` overrides it.",
        )
        .default("1048576"),
        Key::new(
            "request_timeout",
            Kind::SECONDS,
            "Seconds in which a request's head and body must have come in.",
        )
        .default("10"),
        Key::new(
            "min_body_rate",
            Kind::COUNT,
            "Bytes a second that a body must come in with, on the whole, after its first five seconds; 0: any.",
        )
        .default("256"),
        Key::new("max_connections", Kind::POSITIVE, "Connections open at once; more are closed as they come.")
            .default("10000"),
        Key::new(
            "max_connections_per_address",
            Kind::COUNT,
            "The same for one address (IPv6: one /64), but for `trusted_proxies`, `protection.exempt` and \
             `protection.allow`; 0: no limit.",
        )
        .default("256"),
        Key::new(
            "admin_bind",
            Kind::Socket,
            "Address and port for admin, instead of the ingress port. `ADMIN_BIND` overrides it.",
        ),
        Key::new(
            "grace",
            Kind::Seconds { zero: true },
            "Seconds that a stop waits for requests and deliveries under way.",
        )
        .default("30"),
    ],
};

/// `whole` is the file's top table.
pub(crate) fn read(whole: &Section<'_>) -> Server {
    let section = whole.table("server", &SERVER);
    let size = environment::whole(section.report, "MAX_REQUEST_SIZE", 1..=LARGEST_BODY);
    let mut trusted_proxies = section.items("trusted_proxies", value::network);
    trusted_proxies.extend(environment::networks(section.report, "HOOKSTREAM_TRUSTED_PROXIES"));
    Server {
        bind: section.read("bind", value::address).unwrap_or(IpAddr::from([0, 0, 0, 0])),
        port: section.whole("port").unwrap_or_default(),
        trusted_proxies,
        max_request_size: size
            .and_then(|n| usize::try_from(n).ok())
            .or_else(|| section.whole("max_request_size"))
            .unwrap_or_default(),
        request_timeout: section.seconds("request_timeout"),
        min_body_rate: section.whole("min_body_rate").unwrap_or_default(),
        max_connections: section.whole("max_connections").unwrap_or(1),
        max_connections_per_address: section.whole("max_connections_per_address").unwrap_or_default(),
        admin_bind: section.read("admin_bind", value::socket),
        grace: section.seconds("grace"),
    }
}
