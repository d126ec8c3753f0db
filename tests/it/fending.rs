//! Whom the limits count, which networks are let in, and what holds while Redis is away.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tests::{Answer, Fleet, Gateway, Sender, ask, until};

use crate::hostile;

const SECRET: &str = "fending_secret_0123456789";
const BODY: &str = r#"{"type":"thing.made"}"#;
const PROXY: &str = "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n";

fn endpoint(id: &str, more: &str) -> String {
    format!("[[endpoints]]\nid = \"{id}\"\nprovider = \"custom\"\nsecrets = [\"{SECRET}\"]\n{more}\n")
}

async fn from(sender: &Sender, address: &str) -> Answer {
    sender.send_from(BODY, address).await
}

async fn forged(sender: &Sender, address: &str) -> Answer {
    sender.forge_from(BODY, address).await
}

#[tokio::test]
async fn limits_count_each_address_by_itself_or_the_endpoint_as_a_whole() {
    let limits = |scope: &str| format!("rate_limit = {{ requests_per_minute = 3{scope} }}");
    let own = endpoint("own", &limits(""));
    let shared = endpoint("shared", &limits(", scope = \"endpoint\""));
    let gateway = Gateway::start(&format!("{PROXY}{own}{shared}")).await;
    let addresses = ["203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4"];
    for (endpoint, last) in [("own", 200), ("shared", 429)] {
        let sender = gateway.sender(endpoint);
        for address in &addresses[..3] {
            from(&sender, address).await.event_id();
        }
        assert_eq!(from(&sender, addresses[3]).await.status, last, "{endpoint}");
    }
    let (_, standing) = ask(Method::GET, &format!("{}/admin/rate-limits/shared", gateway.url()), None).await;
    assert_eq!(standing["limits"]["scope"], "endpoint", "{standing}");
    assert_eq!(
        (&standing["requests_last_minute"], &standing["clients"][0]["client"]),
        (&json!(3), &json!("*"))
    );
}

#[tokio::test]
async fn an_address_that_goes_over_a_shared_limit_is_blocked_alone() {
    let limit = "rate_limit = { requests_per_minute = 2, block_duration = 600, scope = \"endpoint\" }";
    let gateway =
        Gateway::start(&format!("{PROXY}{}{}", endpoint("mine", limit), endpoint("other", ""))).await;
    let (sender, other) = (gateway.sender("mine"), gateway.sender("other"));
    for _ in 0..2 {
        from(&sender, "203.0.113.1").await.event_id();
    }
    assert_eq!(from(&sender, "203.0.113.2").await.code(), "rate_limited");
    assert_eq!(from(&other, "203.0.113.2").await.code(), "address_blocked");
    from(&other, "203.0.113.1").await.event_id();
}

#[tokio::test]
async fn denied_networks_are_refused_and_allowed_ones_are_never_blocked_nor_limited_by_address() {
    let lists = "[protection]\naddress_rate = 1\naddress_burst = 3\ndeny = [\"198.51.100.0/24\", \"2001:db8:bad::/48\"]\n\
                 allow = [\"198.51.100.7\", \"192.0.2.0/24\"]\n";
    let gateway = Gateway::start(&format!(
        "{PROXY}{lists}{}",
        endpoint("mine", "rate_limit = { requests_per_minute = 0 }")
    ))
    .await;
    let sender = gateway.sender("mine");
    for denied in ["198.51.100.8", "2001:db8:bad:1::1", "::ffff:198.51.100.8"] {
        let answer = from(&sender, denied).await;
        assert_eq!((answer.status, answer.code()), (403, "address_blocked"), "{denied}");
        assert!(!answer.header("retry-after").is_empty());
    }
    for let_in in ["198.51.100.7", "198.51.101.1", "2001:db8:bae::1"] {
        from(&sender, let_in).await.event_id();
    }
    // Forty bad signatures are twice what blocks anybody else.
    for _ in 0..40 {
        assert_eq!(forged(&sender, "192.0.2.1").await.code(), "invalid_signature");
    }
    from(&sender, "192.0.2.1").await.event_id();
}

#[tokio::test]
async fn an_endpoint_may_take_from_its_providers_networks_only() {
    let only = endpoint("only", "allow_from = [\"192.0.2.0/24\", \"2001:db8::/32\"]");
    let gateway = Gateway::start(&format!("{PROXY}{only}{}", endpoint("any", ""))).await;
    let (only, any) = (gateway.sender("only"), gateway.sender("any"));
    for good in ["192.0.2.9", "2001:db8:1::1"] {
        from(&only, good).await.event_id();
    }
    for bad in ["192.0.3.1", "2001:db9::1", "127.0.0.1"] {
        let answer = from(&only, bad).await;
        assert_eq!((answer.status, answer.code()), (403, "address_blocked"), "{bad}");
        from(&any, bad).await.event_id();
    }
}

#[tokio::test]
async fn unverified_traffic_has_a_limit_by_address_and_by_64_which_a_change_of_the_file_moves() {
    let config = |rate: u32, burst: u32| {
        format!(
            "{PROXY}[protection]\nthreshold = 0\naddress_rate = {rate}\naddress_burst = {burst}\n{}",
            endpoint("mine", "rate_limit = { requests_per_minute = 0 }")
        )
    };
    let gateway = Gateway::start(&config(1, 5)).await;
    let sender = gateway.sender("mine");
    let mut codes = Vec::new();
    for n in 0..12 {
        codes.push(forged(&sender, &format!("2001:db8:0:1::{n}")).await.code().to_owned());
    }
    let refused = codes.iter().filter(|code| *code == "rate_limited").count();
    assert!(
        (1..=7).contains(&refused) && codes[..5].iter().all(|code| code == "invalid_signature"),
        "{codes:?}"
    );
    let mut limited = from(&sender, "2001:db8:0:1::99").await;
    if limited.status == 200 {
        // A second has passed meanwhile.
        limited = from(&sender, "2001:db8:0:1::99").await;
    }
    assert_eq!((limited.status, limited.header("retry-after")), (429, "1"), "{limited:?}");
    let told = (limited.header("ratelimit-policy"), limited.header("ratelimit"));
    assert_eq!(told, ("\"address\";q=5;w=5", "\"address\";r=0;t=1"), "{limited:?}");
    from(&sender, "2001:db8:0:2::1").await.event_id();
    std::fs::write(&gateway.config, config(0, 5)).expect("the configuration can be written");
    until("the new rate holds", 20, async || {
        let mut accepted = 0;
        for _ in 0..20 {
            accepted += usize::from(from(&sender, "2001:db8:0:1::99").await.status == 200);
        }
        accepted
    })
    .await;
}

#[tokio::test]
async fn while_redis_is_away_the_answer_is_a_quick_503_and_local_limits_hold() {
    let config = format!(
        "{PROXY}[protection]\nthreshold = 0\naddress_rate = 1\naddress_burst = 4\ndeny = [\"198.51.100.0/24\"]\n{}",
        endpoint("mine", "")
    );
    let mut fleet = Fleet::prepare(&config, &[]).await;
    let ingress = fleet.start("ingress").await;
    let sender = fleet.sender(&ingress, "mine");
    from(&sender, "203.0.113.1").await.event_id();
    fleet.redis.kill().await.expect("Redis can be killed");
    for n in 2..6 {
        let began = Instant::now();
        let answer = from(&sender, &format!("203.0.113.{n}")).await;
        assert_eq!((answer.status, answer.code()), (503, "queue_unavailable"), "{answer:?}");
        assert!(!answer.header("retry-after").is_empty());
        assert!(began.elapsed() < Duration::from_secs(2), "after {:?}", began.elapsed());
    }
    let mut codes = Vec::new();
    for _ in 0..12 {
        codes.push(forged(&sender, "203.0.113.9").await.code().to_owned());
    }
    assert!(codes.iter().any(|code| code == "rate_limited"), "{codes:?}");
    assert_eq!(from(&sender, "198.51.100.1").await.code(), "address_blocked");
}

#[tokio::test]
async fn what_is_no_http_is_counted_and_blocks_its_address() {
    let gateway =
        Gateway::start(&format!("[protection]\nexempt = []\nthreshold = 10\n{}", endpoint("mine", ""))).await;
    let sender = gateway.sender("mine");
    sender.send(BODY).await.event_id();
    let wait = Duration::from_secs(10);
    for _ in 0..10 {
        let answer = hostile::attack::send(gateway.port, b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", wait).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "malformed_request"), "{answer:?}");
    }
    until("it is blocked", "address_blocked".to_owned(), async || sender.send(BODY).await.code().to_owned())
        .await;
    let refused = r#"webhook_requests_total{endpoint="unknown",status="malformed_request"} 10"#;
    until("they are counted", true, async || gateway.prometheus().await.contains(refused)).await;
}
