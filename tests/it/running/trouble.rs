//! D8: why something is as it is.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{ADMIN_TOKEN, Gateway, Receiver, ask, hmac, run};

use super::{SECRET, THING, endpoint, route, said};

#[tokio::test]
async fn d8_verify_says_why_a_signature_failed() {
    let folder = tempfile::tempdir().expect("a folder");
    let body = folder.path().join("body.json");
    std::fs::write(&body, THING).expect("a file");
    let body = body.to_str().expect("plain");
    let secret = [("SECRET", SECRET.to_owned())];
    let signature = hmac("sha256", SECRET, THING.as_bytes());
    let other = hmac("sha256", "another secret", THING.as_bytes());
    for (header, code, valid) in [
        (Some(format!("X-Webhook-Signature: {signature}")), None, true),
        (Some(format!("X-Webhook-Signature: {other}")), Some("invalid_signature"), false),
        (Some("X-Webhook-Signature: what?".to_owned()), Some("malformed_signature"), false),
        (None, Some("missing_signature"), false),
    ] {
        let header: Vec<&str> = header.iter().flat_map(|header| ["-H", header]).collect();
        let asked =
            ["verify", "--provider", "custom", "--secret-env", "SECRET", "--body-file", body, "--json"];
        let ended = run(&[&asked[..], &header[..]].concat(), &secret).await;
        let told: Value =
            serde_json::from_slice(&ended.stdout).unwrap_or_else(|_| panic!("{}", said(&ended)));
        assert_eq!((&told["valid"], told["code"].as_str()), (&json!(valid), code), "{told}");
        assert_eq!(ended.status.code(), Some(i32::from(!valid)), "{told}");
        assert_eq!(told["reason"].is_string(), !valid, "{told}");
        assert!(!said(&ended).contains(SECRET), "a secret is shown");
    }
}

#[tokio::test]
async fn d8_route_test_says_why_a_route_did_or_did_not_match() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("hookstream.toml");
    let routes = "[[routes]]\nname = \"big\"\nevent_types = [\"payment.*\"]\npriority = \"high\"\nhandler = \"log\"\n\
         filters = [{ field = \"data.amount\", operator = \"greater_than\", value = 1000, description = \"High value\" }]\n\
         [[routes]]\nname = \"other\"\nevent_types = [\"order.*\"]\nhandler = \"log\"\n[handlers.log]\ntype = \"log\"\n";
    std::fs::write(&config, endpoint("in", "") + routes).expect("a configuration");
    let event = folder.path().join("event.json");
    for (amount, code) in [(2000, 0), (500, 1)] {
        std::fs::write(&event, json!({ "type": "payment.made", "data": { "amount": amount } }).to_string())
            .expect("a file");
        let (config, event) = (config.to_str().expect("plain"), event.to_str().expect("plain"));
        let asked = ["route", "test", event, "--source", "custom", "--config", config];
        let ended = run(&[&asked[..], &["--json"]].concat(), &[]).await;
        assert_eq!(ended.status.code(), Some(code), "{}", said(&ended));
        let text = String::from_utf8_lossy(&ended.stdout);
        let told: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let [big, other] = &told[..] else { panic!("two routes, not {told:?}") };
        assert_eq!(
            (&big["route"], &big["matched"], &big["handler"], &big["priority"]),
            (&json!("big"), &json!(code == 0), &json!("log"), &json!("high"))
        );
        let filter = &big["filters"][0];
        assert_eq!((&filter["field"], &filter["operator"]), (&json!("data.amount"), &json!("greater_than")));
        assert_eq!(
            (&filter["wanted"], &filter["found"], &filter["passed"]),
            (&json!(1000), &json!(amount), &json!(code == 0))
        );
        assert_eq!((&other["route"], &other["matched"]), (&json!("other"), &json!(false)));
        let for_a_person = said(&run(&asked, &[]).await);
        for words in ["data.amount", "greater_than", "1000", &amount.to_string(), "High value"] {
            assert!(for_a_person.contains(words), "{words}: {for_a_person}");
        }
    }
}

#[tokio::test]
async fn d8_admin_and_the_cli_say_where_a_limit_stands() {
    let receiver = Receiver::start().await;
    let limit = "rate_limit = { requests_per_minute = 5, requests_per_hour = 9, block_duration = 600 }";
    let config = endpoint("in", limit) + &route(&receiver);
    let gateway = Gateway::start_with(&config, &[("ADMIN_TOKEN", ADMIN_TOKEN.to_owned())]).await;
    let sender = gateway.sender("in");
    for _ in 0..3 {
        sender.send(THING).await.event_id();
    }
    let standing =
        async || ask(Method::GET, &format!("{}/admin/rate-limits/in", gateway.url()), None).await.1;
    let page = standing().await;
    assert_eq!(
        (&page["requests_last_minute"], &page["requests_last_hour"]),
        (&json!(3), &json!(3)),
        "{page}"
    );
    let client = &page["clients"][0];
    assert_eq!(
        (&client["client"], &client["remaining_minute"], &client["remaining_hour"]),
        (&json!("127.0.0.1"), &json!(2), &json!(6))
    );
    for code in ["", "", "rate_limited", "address_blocked"] {
        assert_eq!(sender.send(THING).await.code(), code);
    }
    let page = standing().await;
    let left = page["clients"][0]["blocked_for_seconds"].as_u64();
    assert!(left.is_some_and(|left| (590..=600).contains(&left)), "{page}");
    let environment = [("REDIS_URL", gateway.redis_url.clone())];
    let config = gateway.config.to_str().expect("plain");
    let ended = run(&["limits", "in", "--config", config, "--json"], &environment).await;
    assert!(ended.status.success(), "{}", said(&ended));
    let told: Value = serde_json::from_slice(&ended.stdout).expect("one object");
    assert_eq!((&told["requests_last_minute"], &told["limits"]), (&json!(5), &page["limits"]));
}
