//! Refused requests that a mistake may explain: kept, and judged again once it is mended.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Gateway, Receiver, Sender, ask, eventually, redis_cli, run, until};

const RIGHT: &str = "the_right_secret_0123456789";
const WRONG: &str = "the_wrong_secret_0123456789";
const THING: &str = "{ \"type\" : \"thing.made\", \"n\": 1.50 }\n";

/// An endpoint with this secret, behind a proxy that says who sends; nobody is blocked for suspicion.
fn config(secret: &str, receiver: &Receiver, more: &str) -> String {
    format!(
        "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n[protection]\nthreshold = 0\n{more}\n\
         [[endpoints]]\nid = \"in\"\nprovider = \"custom\"\nsecrets = [\"{secret}\"]\n\
         rate_limit = {{ requests_per_minute = 1 }}\n\
         [[routes]]\nname = \"all\"\nhandler = \"out\"\n\
         [handlers.out]\ntype = \"http\"\nurl = \"{}\"\nallow_private = true\n",
        receiver.url()
    )
}

/// A provider that signs with the right secret, whatever the gateway believes.
fn provider(gateway: &Gateway, receiver: &Receiver) -> Sender {
    let file = gateway.folder.path().join("provider.toml");
    std::fs::write(&file, config(RIGHT, receiver, "")).expect("the configuration can be written");
    Sender::new(&gateway.url(), &file, "in")
}

async fn send(sender: &Sender, address: &str) -> Answer {
    let credentials = [
        ("X-Forwarded-For", address),
        ("Authorization", "Bearer open-sesame"),
        ("Cookie", "session=open-sesame"),
        ("X-Api-Key", "open-sesame"),
    ];
    sender.send_with(THING, &credentials).await
}

async fn refused(gateway: &Gateway) -> Vec<Value> {
    let (status, page) = gateway.page("/admin/refused?limit=1000").await;
    assert_eq!(status, 200, "{page}");
    page["refused"].as_array().expect("a list").clone()
}

async fn kept(gateway: &Gateway, count: usize) -> Vec<Value> {
    eventually("the refused requests are kept", async || {
        Some(refused(gateway).await).filter(|found| found.len() >= count)
    })
    .await
}

async fn replay(gateway: &Gateway, ids: &[&str], dry_run: bool) -> Vec<Value> {
    let url = format!("{}/admin/refused/replay", gateway.url());
    let (status, answer) = ask(Method::POST, &url, Some(json!({ "ids": ids, "dry_run": dry_run }))).await;
    assert_eq!(status, 200, "{answer}");
    answer["replayed"].as_array().expect("a list").clone()
}

async fn mend(gateway: &Gateway, receiver: &Receiver) {
    std::fs::write(&gateway.config, config(RIGHT, receiver, "")).expect("the configuration can be written");
    let (status, answer) = ask(Method::POST, &format!("{}/admin/config/reload", gateway.url()), None).await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn a_request_refused_for_our_wrong_secret_is_delivered_once_that_is_mended() {
    let receiver = Receiver::start().await;
    let gateway = Gateway::start(&config(WRONG, &receiver, "")).await;
    let sender = provider(&gateway, &receiver);
    let answer = send(&sender, "203.0.113.9").await;
    assert_eq!((answer.status, answer.code()), (401, "invalid_signature"));
    kept(&gateway, 1).await;
    // More than the endpoint's limit of a minute: replays are not counted.
    send(&sender, "203.0.113.9").await;
    let entries = kept(&gateway, 2).await;
    let entry = &entries[0];
    assert_eq!((&entry["body"], &entry["code"]), (&json!(THING), &json!("invalid_signature")));
    assert_eq!((&entry["endpoint"], &entry["client"]), (&json!("in"), &json!("203.0.113.9")));
    assert_eq!(entry["request_id"], answer.json["request_id"]);
    assert!(entry["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{entry}");
    let ids: Vec<&str> = entries.iter().filter_map(|entry| entry["id"].as_str()).collect();
    let (status, shown) = gateway.page(&format!("/admin/refused/{}", ids[0])).await;
    assert_eq!((status, &shown), (200, entry));

    // The secret is still wrong: it stays.
    let again = replay(&gateway, &ids[..1], false).await;
    assert_eq!((&again[0]["outcome"], &again[0]["code"]), (&json!("refused"), &json!("invalid_signature")));
    assert_eq!(refused(&gateway).await.len(), 2);

    mend(&gateway, &receiver).await;
    let again = replay(&gateway, &ids[..1], true).await;
    assert_eq!(again[0]["outcome"], "would_be_accepted");
    assert_eq!((refused(&gateway).await.len(), receiver.count()), (2, 0), "a trial changes nothing");
    let again = replay(&gateway, &[ids[0], ids[1], ids[0]], false).await;
    assert_eq!(again.len(), 2, "each once");
    for one in &again {
        assert_eq!(one["outcome"], "accepted", "{again:?}");
        assert!(one["event_id"].as_str().is_some_and(|id| id.starts_with("evt_")), "{again:?}");
    }
    let twice = replay(&gateway, &ids, false).await;
    assert!(twice.iter().all(|one| one["outcome"] == "missing"), "{twice:?}");
    until("both are delivered", 2, async || receiver.count()).await;
    assert!(receiver.calls().iter().all(|call| call.text() == THING), "to the byte");
    assert!(receiver.calls().iter().all(|call| !format!("{:?}", call.headers).contains("sesame")));
    assert!(refused(&gateway).await.is_empty());
    tests::idle(&gateway.store).await;
    assert_eq!(receiver.count(), 2, "once each, though replayed twice");
}

#[tokio::test]
async fn what_comes_back_although_it_was_replayed_before_is_the_same_event() {
    let receiver = Receiver::start().await;
    let gateway = Gateway::start(&config(WRONG, &receiver, "")).await;
    send(&provider(&gateway, &receiver), "203.0.113.9").await;
    let id = kept(&gateway, 1).await[0]["id"].as_str().expect("an id").to_owned();
    mend(&gateway, &receiver).await;
    let fields = redis_cli(&gateway.redis_url, &["--json", "XRANGE", "hs:{0}:refused", &id, &id]).await;
    let first = replay(&gateway, &[&id], false).await;
    // As if the ingress had died between the event and the quarantine.
    let fields: Value = serde_json::from_str(&fields).expect("JSON");
    let fields: Vec<&str> =
        fields[0][1].as_array().expect("fields").iter().filter_map(Value::as_str).collect();
    redis_cli(&gateway.redis_url, &["DEL", "hs:{0}:refused"]).await;
    redis_cli(&gateway.redis_url, &[&["XADD", "hs:{0}:refused", &id][..], &fields].concat()).await;
    let again = replay(&gateway, &[&id], false).await;
    assert_eq!((&again[0]["outcome"], &again[0]["event_id"]), (&json!("duplicate"), &first[0]["event_id"]));
    assert!(refused(&gateway).await.is_empty());
    tests::idle(&gateway.store).await;
    assert_eq!(receiver.count(), 1);
}

#[tokio::test]
async fn a_forged_request_stays_refused_and_the_command_says_so() {
    let receiver = Receiver::start().await;
    let gateway = Gateway::start(&config(RIGHT, &receiver, "")).await;
    let sender = gateway.sender("in");
    sender.post(THING, sender.signed(b"{}")).await;
    kept(&gateway, 1).await;
    let mut plain = sender.signed(b"hello");
    plain[0].1 = "text/plain".to_owned();
    assert_eq!(sender.post("hello", plain).await.code(), "unsupported_media_type");
    let entries = kept(&gateway, 2).await;
    assert_eq!(
        (&entries[1]["code"], &entries[1]["body"]),
        (&json!("unsupported_media_type"), &json!("hello"))
    );
    let id = entries[0]["id"].as_str().expect("an id");
    let file = gateway.config.to_str().expect("plain");
    let common = ["--config", file, "--redis-url", &gateway.redis_url];
    let said = run(&[&["refused", "replay", id, "--json"][..], &common].concat(), &[]).await;
    let told: Value = serde_json::from_slice(&said.stdout).expect("JSON");
    assert_eq!((said.status.code(), &told["code"]), (Some(1), &json!("invalid_signature")), "{said:?}");
    for command in [&["refused", "list"][..], &["refused", "show", id], &["refused", "tail"]] {
        let said = run(&[command, &common].concat(), &[]).await;
        let text = String::from_utf8_lossy(&said.stdout);
        assert!(said.status.success() && text.contains("invalid_signature"), "{said:?}");
    }
    for (limit, lines, cut_off) in [("1", 1, true), ("2", 2, false)] {
        let listed = run(&[&["refused", "list", "--limit", limit][..], &common].concat(), &[]).await;
        let told = String::from_utf8_lossy(&listed.stdout);
        assert!(
            told.lines().count() == lines && told.contains("unsupported_media_type"),
            "the newest: {told}"
        );
        assert_eq!(String::from_utf8_lossy(&listed.stderr).contains("there are more"), cut_off, "{limit}");
    }
    assert_eq!(refused(&gateway).await.len(), 2);
    assert_eq!(receiver.count(), 0);
}

#[tokio::test]
async fn a_flood_keeps_no_more_than_its_share_and_nothing_secret_is_kept() {
    let receiver = Receiver::start().await;
    let more = "[quarantine]\nper_address = 3\n";
    let gateway = Gateway::start(&config(WRONG, &receiver, more)).await;
    let sender = provider(&gateway, &receiver);
    for _ in 0..30 {
        send(&sender, "198.51.100.7").await;
    }
    send(&sender, "203.0.113.9").await;
    let entries = kept(&gateway, 4).await;
    let of = |client: &str| entries.iter().filter(|entry| entry["client"] == client).count();
    assert_eq!((of("198.51.100.7"), of("203.0.113.9"), entries.len()), (3, 1, 4));
    let all = redis_cli(&gateway.redis_url, &["XRANGE", "hs:{0}:refused", "-", "+"]).await;
    for secret in ["open-sesame", RIGHT, WRONG] {
        assert!(!all.contains(secret), "{secret}");
    }
    assert!(all.contains("x-webhook-signature"), "it is needed to verify again: {all}");
    // Neither unknown endpoints nor valid requests.
    let unknown = reqwest::Client::new().post(format!("{}/webhook/none", gateway.url())).body("{}").send();
    assert_eq!(unknown.await.expect("an answer").status(), 404);
    assert_eq!(refused(&gateway).await.len(), 4);
}
