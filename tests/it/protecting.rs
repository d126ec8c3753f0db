//! P: how much is let in, and from whom.

mod standing;

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::iter;
use reqwest::Method;
use serde_json::Value;
use tests::{ADMIN_TOKEN, Answer, Fleet, Gateway, Member, Sender, ask, eventually, redis_cli, until};

const SECRET: &str = "protecting_secret_0123456789";
const BODY: &str = r#"{"type":"thing.made"}"#;
const PROXY: &str = "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n";

fn endpoint(id: &str, rate_limit: &str) -> String {
    format!("[[endpoints]]\nid = \"{id}\"\nprovider = \"custom\"\nsecrets = [\"{SECRET}\"]\n{rate_limit}\n")
}

/// Two ingresses on one Redis.
async fn two(config: &str) -> (Fleet, Member, Member) {
    let mut fleet = Fleet::prepare(config, &[("ADMIN_TOKEN", ADMIN_TOKEN.to_owned())]).await;
    let (one, other) = (fleet.launch("ingress"), fleet.start("ingress").await);
    until("both ingresses are there", true, async || {
        reqwest::get(format!("{}/ready", one.url())).await.is_ok_and(|answer| answer.status().is_success())
    })
    .await;
    (fleet, one, other)
}

/// So many at once, by turns from each of these; how many were accepted, and the others' answers.
async fn flood(senders: &[&Sender], count: usize) -> (usize, Vec<Answer>) {
    let answers = join_all((0..count).map(|n| senders[n % senders.len()].send(BODY))).await;
    let (accepted, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert!(
        refused.iter().all(|answer| (answer.status, answer.code()) == (429, "rate_limited")),
        "{refused:?}"
    );
    (accepted.len(), refused)
}

/// As if the first `count` admitted requests of each window had come so much earlier.
async fn age(redis: &str, endpoint: &str, count: usize, seconds: u64) {
    for log in redis_cli(redis, &["KEYS", &format!("hs:{{0}}:limit:{endpoint}:*")]).await.lines() {
        let times = redis_cli(redis, &["LRANGE", log, "0", "-1"]).await;
        for (index, time) in times.lines().take(count).enumerate() {
            let earlier = time.parse::<u64>().expect("a time in ms") - seconds * 1000;
            redis_cli(redis, &["LSET", log, &index.to_string(), &earlier.to_string()]).await;
        }
    }
}

/// Sends with an address as a proxy would say it.
async fn from(sender: &Sender, address: &str) -> Answer {
    sender.send_from(BODY, address).await
}

/// The same with a signature that is not the body's.
async fn forged(sender: &Sender, address: &str) -> Answer {
    sender.forge_from(BODY, address).await
}

fn seconds(answer: &Answer) -> u64 {
    answer.header("retry-after").parse().unwrap_or_else(|_| panic!("no Retry-After in seconds: {answer:?}"))
}

/// The block of an address in a list of blocks.
fn blocked(list: &Value, address: &str) -> Option<Value> {
    list["blocked"].as_array()?.iter().find(|block| block["client"] == address).cloned()
}

#[tokio::test]
async fn p1_two_ingresses_share_a_minutes_and_an_hours_window_which_slide_and_are_exact() {
    let limit = "rate_limit = { requests_per_minute = 5, requests_per_hour = 7 }";
    let (fleet, one, other) = two(&endpoint("mine", limit)).await;
    let (one, other) = (fleet.sender(&one, "mine"), fleet.sender(&other, "mine"));
    let (accepted, refused) = flood(&[&one, &other], 20).await;
    assert_eq!(accepted, 5);
    assert!(refused.iter().all(|answer| (50..=60).contains(&seconds(answer))), "{refused:?}");
    assert!(
        refused[0].json["detail"].as_str().is_some_and(|detail| detail.contains("minute")),
        "{refused:?}"
    );

    // Two of the five leave the window: just two places are free, although it is not a minute since the last.
    let redis = fleet.redis.url();
    age(&redis, "mine", 2, 61).await;
    assert_eq!(flood(&[&one, &other], 10).await.0, 2);
    // All seven leave the minute, none the hour.
    age(&redis, "mine", 7, 120).await;
    let (accepted, refused) = flood(&[&one, &other], 4).await;
    assert_eq!(accepted, 0);
    assert!(refused[0].json["detail"].as_str().is_some_and(|detail| detail.contains("hour")), "{refused:?}");
    assert!((3300..=3600).contains(&seconds(&refused[0])), "{refused:?}");
    age(&redis, "mine", 3, 3600).await;
    assert_eq!(flood(&[&one, &other], 8).await.0, 3, "three have left the hour");
}

#[tokio::test]
async fn p1_three_ingresses_admit_what_one_would_for_each_address_and_all_together() {
    const LIMIT: usize = 300;
    let limits = |scope: &str| format!("rate_limit = {{ requests_per_minute = {LIMIT}{scope} }}");
    let (own, shared) = (limits(""), limits(", scope = \"endpoint\""));
    let mut fleet =
        Fleet::prepare(&format!("{PROXY}{}{}", endpoint("own", &own), endpoint("shared", &shared)), &[])
            .await;
    let ingresses =
        [fleet.start("ingress").await, fleet.start("ingress").await, fleet.start("ingress").await];
    for (id, addresses) in [("own", 1), ("shared", 50)] {
        let senders: Vec<Sender> = ingresses.iter().map(|one| fleet.sender(one, id)).collect();
        let sending = (0..LIMIT + 150).map(|n| {
            let sender = &senders[n % 3];
            async move { from(sender, &format!("203.0.113.{}", n % addresses)).await.status }
        });
        let statuses: Vec<u16> = iter(sending).buffer_unordered(30).collect().await;
        let count = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
        assert_eq!((count(200), count(429)), (LIMIT, 150), "{id}: not one more, not one less");
    }
}

#[tokio::test]
async fn p1_default_rate_limit_holds_where_an_endpoint_names_none_and_only_valid_signatures_count() {
    let config = endpoint("plain", "") + &endpoint("own", "rate_limit = { requests_per_minute = 6 }");
    let gateway = Gateway::start_with(&config, &[("DEFAULT_RATE_LIMIT", "4".to_owned())]).await;
    for (id, limit) in [("plain", 4), ("own", 6)] {
        let sender = gateway.sender(id);
        for _ in 0..10 {
            assert_eq!(forged(&sender, "203.0.113.1").await.code(), "invalid_signature");
        }
        assert_eq!(flood(&[&sender], 12).await.0, limit, "{id}");
    }
}

#[tokio::test]
async fn p1_answers_say_where_the_limit_stands() {
    let gateway =
        Gateway::start(&endpoint("mine", "rate_limit = { requests_per_minute = 2, requests_per_hour = 9 }"))
            .await;
    let sender = gateway.sender("mine");
    let policy = r#""minute";q=2;w=60, "hour";q=9;w=3600"#;
    for left in [(1, 8), (0, 7)] {
        let answer = sender.send(BODY).await;
        answer.event_id();
        assert_eq!(answer.header("ratelimit-policy"), policy);
        let limit = answer.header("ratelimit");
        assert!(limit.starts_with(&format!(r#""minute";r={};t="#, left.0)), "{limit}");
        assert!(limit.contains(&format!(r#""hour";r={};t="#, left.1)), "{limit}");
    }
    let refused = sender.send(BODY).await;
    assert_eq!((refused.status, refused.header("ratelimit-policy")), (429, policy));
    assert!(refused.header("ratelimit").starts_with(r#""minute";r=0;t="#), "{refused:?}");
    assert_eq!(refused.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn p2_a_burst_is_cut_at_its_limit_and_let_in_again_a_second_later() {
    let (fleet, one, other) = two(&endpoint("mine", "rate_limit = { burst_limit = 3 }")).await;
    let (one, other) = (fleet.sender(&one, "mine"), fleet.sender(&other, "mine"));
    join_all([one.send(BODY), other.send(BODY)]).await;
    // As if that were past: connections are open now, so that the burst is one.
    age(&fleet.redis.url(), "mine", 2, 2).await;
    let began = Instant::now();
    let (accepted, refused) = flood(&[&one, &other], 12).await;
    let most = 3 * (1 + usize::try_from(began.elapsed().as_secs()).expect("a short time"));
    assert!((3..=most).contains(&accepted), "{accepted} accepted");
    assert!(refused.iter().all(|answer| seconds(answer) == 1), "{refused:?}");
    assert!(refused[0].json["detail"].as_str().is_some_and(|detail| detail.contains("burst")), "{refused:?}");
    until("the next is let in", 200, async || other.send(BODY).await.status).await;
    assert!(began.elapsed() >= Duration::from_millis(999), "after {:?}", began.elapsed());
}

#[tokio::test]
async fn p3_an_address_that_goes_over_is_blocked_on_every_ingress_until_its_block_ends() {
    let limit = "rate_limit = { burst_limit = 1, block_duration = 4 }";
    let (fleet, one, other) = two(&format!("{PROXY}{}", endpoint("mine", limit))).await;
    let (at_one, at_other) = (fleet.sender(&one, "mine"), fleet.sender(&other, "mine"));
    let (bad, good) = ("203.0.113.9", "203.0.113.10");
    let answers = join_all((0..3).map(|_| from(&at_one, bad))).await;
    let over = answers.iter().find(|answer| answer.status == 429).expect("one of three is too many");
    let violated = Instant::now();
    assert_eq!(over.code(), "rate_limited");
    assert!((3..=4).contains(&seconds(over)), "{over:?}");
    let blocked = from(&at_one, bad).await;
    assert_eq!((blocked.status, blocked.code()), (403, "address_blocked"));
    assert!((1..=4).contains(&seconds(&blocked)), "{blocked:?}");
    assert!(blocked.json["detail"].as_str().is_some_and(|detail| detail.contains("blocked")), "{blocked:?}");

    // The other ingress is asked with what would be refused without counting against anybody.
    let url = format!("{}/webhook/mine", other.url());
    let http = reqwest::Client::new();
    until("the other ingress knows", 403, async || {
        http.get(&url).header("X-Forwarded-For", bad).send().await.expect("an answer").status().as_u16()
    })
    .await;
    let took = violated.elapsed();
    assert!(took < Duration::from_secs(1), "it took the other ingress {took:?}");
    assert_eq!(from(&at_other, bad).await.code(), "address_blocked");
    from(&at_other, good).await.event_id();

    until("the block ends by itself", 200, async || from(&at_other, bad).await.status).await;
    assert!(violated.elapsed() > Duration::from_secs(3), "it lasted {:?} only", violated.elapsed());
}

#[tokio::test]
async fn p4_many_bad_signatures_and_unknown_endpoints_block_their_address_and_nobody_else() {
    let gateway = Gateway::start(&format!("{PROXY}{}", endpoint("mine", ""))).await;
    let sender = gateway.sender("mine");
    let nowhere = format!("{}/webhook/nowhere", gateway.url());
    let http = reqwest::Client::new();
    let (forger, scanner, honest) = ("198.51.100.7", "198.51.100.8", "198.51.100.9");
    let mut refused = 0;
    eventually("the forger is blocked", async || {
        let answer = forged(&sender, forger).await;
        refused += usize::from(answer.code() == "invalid_signature");
        (answer.code() == "address_blocked").then_some(())
    })
    .await;
    // Two points for each, twenty are too many; some more pass while Redis is told.
    assert!((10..40).contains(&refused), "blocked after {refused}");
    let mut refused = 0;
    eventually("the scanner is blocked", async || {
        let request = http.post(&nowhere).header("X-Forwarded-For", scanner).body(BODY);
        let status = request.send().await.expect("an answer").status().as_u16();
        refused += usize::from(status == 404);
        (status == 403).then_some(())
    })
    .await;
    assert!((20..80).contains(&refused), "blocked after {refused}");
    for address in [forger, scanner] {
        let answer = from(&sender, address).await;
        assert_eq!((answer.status, answer.code()), (403, "address_blocked"), "its good requests too");
        assert!((200..=300).contains(&seconds(&answer)), "{answer:?}");
    }
    from(&sender, honest).await.event_id();
    let (_, list) = ask(Method::GET, &format!("{}/admin/blocked", gateway.url()), None).await;
    assert_eq!(list["count"], 2, "{list}");
    for (address, misdeed) in [(forger, "a bad signature"), (scanner, "an unknown endpoint")] {
        let block = blocked(&list, address).expect("it is listed");
        assert_eq!(block["by"], "suspicion");
        assert!(block["reason"].as_str().is_some_and(|reason| reason.ends_with(misdeed)), "{block}");
    }
}

#[tokio::test]
async fn p4_loopback_is_exempt_unless_the_configuration_says_otherwise() {
    for (exempt, blocked) in [("", false), ("[protection]\nexempt = []\n", true)] {
        let gateway = Gateway::start(&format!("{exempt}{}", endpoint("mine", ""))).await;
        let sender = gateway.sender("mine");
        let mut seen = false;
        for _ in 0..if blocked { 500 } else { 40 } {
            seen = forged(&sender, "198.51.100.7").await.status == 403;
            if seen {
                break;
            }
        }
        assert_eq!(seen, blocked, "{exempt}");
        assert_eq!(sender.send(BODY).await.status, if blocked { 403 } else { 200 }, "{exempt}");
    }
}
