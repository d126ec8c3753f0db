//! Under attack: a flood of forged requests, and a good sender beside it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tests::Gateway;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const SECRET: &str = "attack_secret_0123456789";
const BODY: &str = r#"{"type":"thing.made"}"#;

/// Where the good sender is.
const GOOD: &str = "203.0.113.5";

/// How hard, and for how long.
#[derive(Clone, Copy)]
struct Strength {
    forgers: usize,
    good_per_second: u32,
    seconds: u32,
    from: From,
}

/// Where the forgers are.
#[derive(Clone, Copy)]
enum From {
    /// Where the good sender is; that address is never blocked.
    OneAddress,
    /// Elsewhere, all on one address that will be blocked.
    Another,
    /// Each on an address of its own.
    Many,
}

/// What all of them share.
#[derive(Default)]
struct Flood {
    over: AtomicBool,
    refused: AtomicUsize,
}

// === impl From ===

impl From {
    fn address(self, n: usize) -> String {
        match self {
            Self::OneAddress => GOOD.to_owned(),
            Self::Another => "198.51.100.7".to_owned(),
            Self::Many => format!("198.51.{}.{}", n / 250, n % 250 + 1),
        }
    }
}

// === impl Flood ===

impl Flood {
    /// One connection after another, and on each one forged request after another, until told to stop.
    async fn forge(&self, port: u16, from: &str) {
        let request = format!(
            "POST /webhook/mine HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             X-Webhook-Signature: {}\r\nX-Forwarded-For: {from}\r\n\r\n{BODY}",
            BODY.len(),
            "0".repeat(64)
        );
        let mut answer = [0; 4096];
        while !self.over.load(Ordering::Relaxed) {
            let Ok(mut socket) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
            while !self.over.load(Ordering::Relaxed) {
                let asked = socket.write_all(request.as_bytes()).await;
                let Ok(read @ 1..) = socket.read(&mut answer).await else { break };
                let status = String::from_utf8_lossy(&answer[..read.min(10)]).into_owned();
                assert!(asked.is_err() || status == "HTTP/1.1 4", "{status}");
                self.refused.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// So many a second by the clock, however long each takes; all are accepted. How long the 99th of 100 took.
async fn good(gateway: &Gateway, strength: Strength) -> Duration {
    let sender = Arc::new(gateway.sender("mine"));
    let mut clock = tokio::time::interval(Duration::from_secs(1) / strength.good_per_second);
    let mut sending = JoinSet::new();
    for _ in 0..strength.good_per_second * strength.seconds {
        clock.tick().await;
        let sender = sender.clone();
        sending.spawn(async move {
            let began = Instant::now();
            sender.send_with(BODY, &[("X-Forwarded-For", GOOD)]).await.event_id();
            began.elapsed()
        });
    }
    let mut times = sending.join_all().await;
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

async fn attack(strength: Strength) {
    let config = format!(
        "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n[protection]\nexempt = [\"{GOOD}\"]\n[[endpoints]]\nid = \"mine\"\nprovider = \"custom\"\n\
         secrets = [\"{SECRET}\"]\nrate_limit = {{ requests_per_minute = 0 }}\n"
    );
    let gateway = Gateway::start_with(&config, &[("RUST_LOG", "warn".to_owned())]).await;
    let quiet = good(&gateway, strength).await;
    let flood = Arc::new(Flood::default());
    let mut forging = JoinSet::new();
    for n in 0..strength.forgers {
        let (flood, port, from) = (flood.clone(), gateway.port, strength.from.address(n));
        forging.spawn(async move { flood.forge(port, &from).await });
    }
    let began = Instant::now();
    let attacked = good(&gateway, strength).await;
    let took = began.elapsed();
    flood.over.store(true, Ordering::Relaxed);
    forging.join_all().await;
    let refused = flood.refused.load(Ordering::Relaxed);
    assert!(refused > strength.forgers, "{refused} forged requests were refused");
    let (_, metrics) = gateway.page("/metrics").await;
    let wanted = 2 * strength.good_per_second * strength.seconds;
    assert_eq!(metrics["requests"]["success"], wanted, "no forged one was accepted: {metrics}");
    #[expect(clippy::print_stdout, reason = "the figure is what one runs it for")]
    {
        println!(
            "{} connections forged {:.0} requests a second; good ones at {} a second: none failed, 99 % within \
             {attacked:.1?}, {quiet:.1?} when it was quiet: {:.1} times",
            strength.forgers,
            refused as f64 / took.as_secs_f64(),
            strength.good_per_second,
            attacked.as_secs_f64() / quiet.as_secs_f64()
        );
    }
    assert!(attacked < Duration::from_secs(5), "a good sender waited {attacked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_forged_requests_makes_no_good_one_fail() {
    attack(Strength { forgers: 100, good_per_second: 100, seconds: 3, from: From::Another }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_from_the_good_senders_own_address_makes_none_fail_either() {
    attack(Strength { forgers: 100, good_per_second: 100, seconds: 3, from: From::OneAddress }).await;
}

/// `cargo test --release -p hookstream-tests -- --ignored --nocapture five_hundred`
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: it needs a machine to itself"]
async fn five_hundred_connections_forge_beside_two_hundred_good_requests_a_second() {
    for from in [From::OneAddress, From::Many] {
        attack(Strength { forgers: 500, good_per_second: 200, seconds: 15, from }).await;
    }
}
