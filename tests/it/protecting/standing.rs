//! P5: where limits stand and who is blocked, for whoever may ask.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Gateway, ask, run, until};

use super::{PROXY, blocked, endpoint, from};

#[tokio::test]
async fn p5_the_limiters_state_is_read_by_admin_and_by_hookstream_limits() {
    let limit = "rate_limit = { requests_per_minute = 5, requests_per_hour = 100, block_duration = 600 }";
    let gateway = Gateway::start(&format!("{PROXY}{}", endpoint("mine", limit))).await;
    let sender = gateway.sender("mine");
    let (busy, over) = ("203.0.113.1", "203.0.113.2");
    for _ in 0..3 {
        from(&sender, busy).await.event_id();
    }
    for status in [200, 200, 200, 200, 200, 429, 403] {
        assert_eq!(from(&sender, over).await.status, status);
    }
    let (status, state) = ask(Method::GET, &format!("{}/admin/rate-limits/mine", gateway.url()), None).await;
    assert_eq!(status, 200, "{state}");
    let limits = json!({
        "requests_per_minute": 5, "requests_per_hour": 100, "burst_limit": null, "block_duration": 600
    });
    assert_eq!((&state["endpoint"], &state["limits"]), (&json!("mine"), &limits));
    assert_eq!((&state["requests_last_minute"], &state["requests_last_hour"]), (&json!(8), &json!(8)));
    let client = |address: &str| {
        let clients = state["clients"].as_array().expect("clients");
        clients.iter().find(|client| client["client"] == address).expect("the client is listed").clone()
    };
    let known = client(busy);
    assert_eq!((&known["last_minute"], &known["remaining_minute"]), (&json!(3), &json!(2)));
    assert_eq!((&known["last_hour"], &known["remaining_hour"]), (&json!(3), &json!(97)));
    assert_eq!(known["blocked_for_seconds"], Value::Null);
    assert_eq!(client(over)["remaining_minute"], 0);
    let left = client(over)["blocked_for_seconds"].as_u64().expect("it is blocked");
    assert!((500..=600).contains(&left), "{left}");
    assert_eq!(blocked(&state, over).expect("it is listed")["by"], "limit");

    let redis = [("REDIS_URL", gateway.redis_url.clone())];
    let config = gateway.config.to_str().expect("plain");
    let shown = run(&["limits", "mine", "--config", config, "--json"], &redis).await;
    assert!(shown.status.success(), "{shown:?}");
    let shown: Value = serde_json::from_slice(&shown.stdout).expect("one object");
    assert_eq!((&shown["requests_last_minute"], &shown["limits"]), (&json!(8), &limits));
    let shown = run(&["limits", "mine", "--config", config], &redis).await;
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(text.contains(busy) && text.contains(over) && text.contains("100"), "{text}");
    let unknown = run(&["limits", "mien", "--config", config], &redis).await;
    assert_eq!(unknown.status.code(), Some(2), "{unknown:?}");

    let (status, problem) =
        ask(Method::GET, &format!("{}/admin/rate-limits/other", gateway.url()), None).await;
    assert_eq!((status, &problem["code"]), (404, &json!("not_found")));
}

#[tokio::test]
async fn p5_operators_list_block_and_unblock_addresses_by_admin_and_by_command() {
    let gateway = Gateway::start(&format!("{PROXY}{}", endpoint("mine", ""))).await;
    let sender = gateway.sender("mine");
    let page = format!("{}/admin/blocked", gateway.url());
    let (by_admin, by_command) = ("203.0.113.50", "203.0.113.51");

    let order = json!({ "ip": by_admin, "duration": 120, "reason": "scraping" });
    let (status, block) = ask(Method::POST, &page, Some(order)).await;
    assert_eq!((status, &block["client"], &block["reason"]), (201, &json!(by_admin), &json!("scraping")));
    assert_eq!(from(&sender, by_admin).await.code(), "address_blocked");
    from(&sender, by_command).await.event_id();
    let (_, list) = ask(Method::GET, &page, None).await;
    let left = blocked(&list, by_admin).expect("it is listed")["seconds_left"].as_u64().expect("a time");
    assert!((100..=120).contains(&left), "{left}");

    let redis = [("REDIS_URL", gateway.redis_url.clone())];
    let config = gateway.config.to_str().expect("plain");
    let command = async |arguments: &[&str]| {
        let all = [&["blocked"], arguments, &["--config", config]].concat();
        let out = run(&all, &redis).await;
        (out.status.code(), String::from_utf8_lossy(&out.stdout).into_owned())
    };
    let (code, said) = command(&["add", by_command]).await;
    assert_eq!(code, Some(0), "{said}");
    until("it is blocked", "address_blocked".to_owned(), async || {
        from(&sender, by_command).await.code().to_owned()
    })
    .await;
    let (code, listed) = command(&["list", "--json"]).await;
    assert_eq!(code, Some(0));
    let listed: Vec<Value> =
        listed.lines().map(|line| serde_json::from_str(line).expect("one object a line")).collect();
    let clients: Vec<_> = listed.iter().map(|block| block["client"].as_str().expect("a client")).collect();
    assert!(
        clients.len() == 2 && clients.contains(&by_admin) && clients.contains(&by_command),
        "{clients:?}"
    );

    assert_eq!(command(&["remove", by_command]).await.0, Some(0));
    assert_eq!(command(&["remove", by_command]).await.0, Some(1), "it is not blocked any more");
    until("it is let in", 200, async || from(&sender, by_command).await.status).await;
    assert_eq!(ask(Method::DELETE, &format!("{page}/{by_admin}"), None).await.0, 204);
    from(&sender, by_admin).await.event_id();
    assert_eq!(ask(Method::DELETE, &format!("{page}/{by_admin}"), None).await.0, 404);
    let (status, problem) = ask(Method::POST, &page, Some(json!({ "ip": "nowhere" }))).await;
    assert!((400..500).contains(&status) && problem["detail"].is_string(), "{status} {problem}");
}
