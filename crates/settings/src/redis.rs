//! `[redis]`: where everything is kept.

use std::fmt;
use std::time::Duration;

use url::Url;

use crate::redis_tls::{self, RedisTls};
use crate::secret;
use crate::section::Section;
use crate::shape::{Key, Kind, Shape};

/// The Redis that holds the streams.
#[derive(Clone, PartialEq)]
pub struct Redis {
    /// May hold a password: print [`Redis::place`] instead.
    pub url: String,
    /// For a URL that begins with `rediss://`.
    pub tls: RedisTls,
    /// First part of every key: `hs` in `hs:{0}:events`.
    pub prefix: String,
    /// How long a consumer may hold an entry before another takes it for dead.
    pub lease: Duration,
    /// Events are spread over so many.
    pub partitions: u16,
    /// Sentinels to ask for the master, as `host:port` or, where they want one, with a login before it; then `url` only
    /// says how to log in to Redis.
    pub sentinel: Vec<String>,
    /// What they call it.
    pub master: String,
    /// Nodes of a cluster, as `host:port`; then `url` only says how to log in.
    pub cluster: Vec<String>,
    /// Steps of events' lives that are kept in each partition; none with 0.
    pub history: u32,
    /// What the server is expected to keep of what it acknowledged.
    pub durability: Durability,
    /// A server that keeps less is not worked with.
    pub require: bool,
    /// Replicas that must have an event before its sender hears of it.
    pub min_replicas: u32,
    /// How long they are waited for.
    pub replica_timeout: Duration,
}

/// How soon Redis has what it acknowledged on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    Memory,
    EverySecond,
    Always,
}

const DURABILITIES: &[&str] = &["memory", "everysec", "always"];

const SCHEMES: &[&str] = &["redis", "rediss", "redis+unix", "unix", "valkey", "valkeys"];

pub(crate) static REDIS: Shape = Shape {
    title: "[redis]",
    about: "The Redis that holds the streams, limits and counters.",
    keys: &[
        Key::new(
            "url",
            Kind::Url(SCHEMES),
            "Where Redis is; with `sentinel` or `cluster`, user and password only. `REDIS_URL` names one server, in \
             place of all three. `rediss://` is TLS, then with sentinels and nodes too.",
        )
        .default("\"redis://127.0.0.1:6379\""),
        Key::new(
            "ca_file",
            Kind::Text,
            "A file of certificates (PEM): who must have issued the server's, for TLS. Without it, any authority that \
             this machine trusts (`SSL_CERT_FILE` names others).",
        ),
        Key::new(
            "cert_file",
            Kind::Text,
            "Our own certificate and its chain (PEM), for a Redis that asks for one over TLS.",
        ),
        Key::new("key_file", Kind::Text, "Its private key (PEM)."),
        Key::new(
            "sentinel",
            Kind::List(&Kind::Text),
            "Redis Sentinels as `host:port`, or `:${PASSWORD}@host:port` where they want one: they are asked which \
             server is the master, again after each failover.",
        )
        .default("[]"),
        Key::new("master", Kind::Text, "What the sentinels call the master.").default("\"mymaster\""),
        Key::new(
            "cluster",
            Kind::List(&Kind::Text),
            "Some nodes of a Redis Cluster as `host:port`; they name the others.",
        )
        .default("[]"),
        Key::new(
            "partitions",
            Kind::Whole { min: 1, max: 256 },
            "Events are spread over so many sets of keys, `hs:{0}:…` to `hs:{3}:…` with 4. A cluster puts each on one \
             of its masters. See docs/scaling.md before you change it.",
        )
        .default("1"),
        Key::new("prefix", Kind::Text, "First part of every key: letters, digits, `-`, `_`, `.` and `:`.")
            .default("\"hs\""),
        Key::new(
            "lease",
            Kind::SECONDS,
            "Seconds after which an entry held by a consumer that went silent is given to another. Must be longer \
             than every timeout of a route or handler, or slow deliveries would be made twice.",
        )
        .default("30"),
        Key::new(
            "history",
            Kind::Whole { min: 0, max: 1_000_000 },
            "Steps that are kept of what became of events, for `hookstream events show` and `/admin/events`: the newest of \
             all events together, in each partition. An event delivered at the first attempt has two; 100000 take some \
             18 MB of Redis. None with 0.",
        )
        .default("100000"),
        Key::new(
            "durability",
            Kind::OneOf(DURABILITIES),
            "What Redis is expected to keep of what it acknowledged: `memory`, nothing for certain; `everysec`, all but \
             the last two seconds before a power cut; `always`, all. Compared with the server's own settings at the \
             start and whenever it was restarted; less is a warning.",
        )
        .default("\"everysec\""),
        Key::new(
            "require",
            Kind::Flag,
            "Whether a Redis that keeps less than `durability`, or does not say, is refused rather than warned of.",
        )
        .default("false"),
        Key::new(
            "min_replicas",
            Kind::Whole { min: 0, max: 16 },
            "Replicas of Redis that must have an event before its sender hears 200; 0: none. With `durability = \
             \"always\"` and Redis 7.2, on their disks too.",
        )
        .default("0"),
        Key::new(
            "replica_timeout",
            Kind::SECONDS,
            "Seconds to wait for them; then the answer is 503, and the sender's next try asks again.",
        )
        .default("0.5"),
    ],
};

// === impl Redis ===

impl Redis {
    /// One server, at this URL, in place of whatever there was.
    #[must_use]
    pub fn at(self, url: String) -> Self {
        Self { url, sentinel: Vec::new(), cluster: Vec::new(), ..self }
    }

    /// The address without its user name and password.
    pub fn place(&self) -> String {
        if !self.sentinel.is_empty() {
            let hosts: Vec<&str> = self.sentinel.iter().map(|sentinel| without_login(sentinel)).collect();
            return format!("{} (by sentinels {})", self.master, hosts.join(", "));
        }
        if !self.cluster.is_empty() {
            return format!("cluster of {}", self.cluster.join(", "));
        }
        let Ok(mut url) = Url::parse(&self.url) else { return "redis".to_owned() };
        // Neither can be set on an address without a host, and then neither is there.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_query(None);
        url.to_string()
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Redis");
        shown.field("place", &self.place()).field("prefix", &self.prefix).field("lease", &self.lease);
        shown.field("partitions", &self.partitions).field("durability", &self.durability);
        shown.field("require", &self.require).field("min_replicas", &self.min_replicas).finish()
    }
}

pub(crate) fn read(whole: &Section<'_>) -> Redis {
    let section = whole.table("redis", &REDIS);
    let (url, alone) = address(&section);
    let mut redis = Redis {
        tls: redis_tls::read(&section, (!alone).then_some(&url)),
        url,
        prefix: section.text("prefix").unwrap_or_default(),
        lease: section.seconds("lease"),
        partitions: section.whole("partitions").unwrap_or(1),
        sentinel: nodes(&section, "sentinel"),
        master: section.text("master").unwrap_or_default(),
        cluster: nodes(&section, "cluster"),
        history: section.whole("history").unwrap_or_default(),
        durability: durability(&section),
        require: section.flag("require"),
        min_replicas: section.whole("min_replicas").unwrap_or_default(),
        replica_timeout: section.seconds("replica_timeout"),
    };
    check_cluster(&section, &redis);
    if alone {
        redis = redis.clone().at(redis.url);
    }
    // A brace would move the partition tag, and with it the cluster slot.
    let proper = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    if redis.prefix.is_empty() || !redis.prefix.chars().all(proper) {
        section
            .mistake("prefix", "`prefix` may hold letters, digits, `-`, `_`, `.` and `:`, and at least one");
    }
    redis
}

fn durability(section: &Section<'_>) -> Durability {
    match section.text("durability").as_deref() {
        Some("memory") => Durability::Memory,
        Some("always") => Durability::Always,
        _ => Durability::EverySecond,
    }
}

/// The URL; and whether the environment says that this one server is all there is.
fn address(section: &Section<'_>) -> (String, bool) {
    let report = section.report;
    let good = |text: &str| Url::parse(text).is_ok_and(|url| SCHEMES.contains(&url.scheme()));
    let expected = "such as redis://127.0.0.1:6379";
    let checked = "has no `#…`: a server's certificate is always checked, by `ca_file` if it is your own";
    if let Some(text) = (report.env)("REDIS_URL").filter(|text| !text.is_empty()) {
        if !good(&text) {
            report.environment(format!("REDIS_URL must be the URL of a Redis, {expected}"));
        } else if redis_tls::is_unchecked(&text) {
            report.environment(format!("REDIS_URL {checked}"));
        }
        return (text, true);
    }
    let text = section.text("url").unwrap_or_default();
    let Some(url) = secret::resolve_text(report, &text, &section.place("url")) else { return (text, false) };
    if !good(&url) {
        section.mistake("url", format!("`url` must be the URL of a Redis, {expected}"));
    } else if redis_tls::is_unchecked(&url) {
        section.mistake("url", format!("`url` {checked}"));
    }
    (url, false)
}

/// Addresses, each with its port.
fn nodes(section: &Section<'_>, name: &str) -> Vec<String> {
    let (report, mut all) = (section.report, Vec::new());
    for listed in section.texts(name) {
        let Some(text) = secret::resolve_text(report, &listed.value, &listed.span) else { continue };
        let url = Url::parse(&format!("redis://{text}"));
        let login = |url: &Url| !url.username().is_empty() || url.password().is_some();
        let fits = |url: &Url| url.path().is_empty() && (name == "sentinel" || !login(url));
        if url.is_ok_and(|url| url.host().is_some() && url.port().is_some() && fits(&url)) {
            all.push(text);
        } else {
            report.mistake(
                &listed.span,
                format!("`{name}` must name hosts with their ports, such as 10.0.0.5:26379"),
            );
        }
    }
    all
}

/// What stands after the login.
fn without_login(node: &str) -> &str {
    node.rsplit_once('@').map_or(node, |(_, host)| host)
}

fn check_cluster(section: &Section<'_>, redis: &Redis) {
    if redis.cluster.is_empty() {
        return;
    }
    if !redis.sentinel.is_empty() {
        section.mistake("cluster", "`cluster` and `sentinel` are two ways; a cluster has no sentinels");
    }
    let database = Url::parse(&redis.url).is_ok_and(|url| !matches!(url.path(), "" | "/" | "/0"));
    if database {
        section.mistake("url", "a cluster has the database 0 only");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(file: &str, redis_url: &str) -> Result<Redis, String> {
        let env = |name: &str| (name == "REDIS_URL" && !redis_url.is_empty()).then(|| redis_url.to_owned());
        let read = crate::parse(&format!("[redis]\n{file}"), "hookstream.toml", &env);
        read.map(|settings| settings.redis).map_err(|mistakes| mistakes.to_string())
    }

    #[test]
    fn neither_debug_nor_place_shows_the_password() {
        let redis = with("url = \"redis://app:hunter2@db:6379/1\"", "").unwrap();
        assert_eq!(redis.place(), "redis://db:6379/1");
        assert!(!format!("{redis:?}").contains("hunter2"));
    }

    #[test]
    fn sentinels_and_a_clusters_nodes_are_hosts_with_ports() {
        let sentinels = "sentinel = [\":hunter2@10.0.0.5:26379\", \"[::1]:26379\"]\nmaster = \"hooks\"";
        let redis = with(sentinels, "").unwrap();
        assert_eq!(redis.place(), "hooks (by sentinels 10.0.0.5:26379, [::1]:26379)");
        assert_eq!(with("cluster = [\"a:7000\"]\npartitions = 6", "").unwrap().partitions, 6);
        for wrong in [
            "cluster = [\"a\"]",
            "cluster = [\"redis://a:7000\"]",
            "cluster = [\"u:p@a:1\"]",
            "cluster = [\"\"]",
        ] {
            assert!(with(wrong, "").unwrap_err().contains("hosts with their ports"), "{wrong}");
        }
    }

    #[test]
    fn one_way_at_a_time_and_a_cluster_has_one_database() {
        let both = with("cluster = [\"a:1\"]\nsentinel = [\"b:2\"]", "").unwrap_err();
        assert!(both.contains("two ways"), "{both}");
        let numbered = with("cluster = [\"a:1\"]\nurl = \"redis://a/2\"", "").unwrap_err();
        assert!(numbered.contains("database 0"), "{numbered}");
        assert!(with("partitions = 0", "").is_err() && with("partitions = 257", "").is_err());
    }

    #[test]
    fn a_server_in_the_environment_stands_over_sentinels_and_cluster() {
        let redis = with("cluster = [\"a:1\"]\npartitions = 2", "redis://b:2").unwrap();
        assert_eq!((redis.place(), redis.partitions), ("redis://b:2".to_owned(), 2));
        assert!(redis.cluster.is_empty());
    }
}
