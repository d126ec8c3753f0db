//! M4 and M5: what admin shows and does.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{ADMIN_TOKEN, Fleet, Gateway, Receiver, ask, idle, until};

use super::{THING, config, send_badly};

#[tokio::test]
async fn m4_admin_lists_endpoints_with_their_metrics_to_whoever_has_the_token() {
    let receiver = Receiver::start().await;
    let environment = [("ADMIN_TOKEN", ADMIN_TOKEN.to_owned())];
    let mut fleet = Fleet::prepare(&config(&receiver, ""), &environment).await;
    let ingress = fleet.start("ingress").await;
    fleet.sender(&ingress, "in").send(THING).await.event_id();
    send_badly(&fleet.sender(&ingress, "in")).await;
    let url = format!("{}/admin/endpoints", ingress.url());
    let (status, page) = ask(Method::GET, &url, None).await;
    assert_eq!(status, 200, "{page}");
    let (mine, other) = (&page["endpoints"][0], &page["endpoints"][1]);
    assert_eq!((&mine["id"], &mine["path"]), (&json!("in"), &json!("/webhook/in")));
    assert_eq!((&mine["provider"], &mine["enabled"]), (&json!("custom"), &json!(true)));
    assert!(mine["metrics"]["avg_response_time"].as_f64().is_some_and(|time| time > 0.0), "{mine}");
    for (field, wanted) in [
        ("total", 2.0),
        ("success", 1.0),
        ("failed", 1.0),
        ("success_rate", 50.0),
        ("signature_failures", 1.0),
    ] {
        assert_eq!(mine["metrics"][field].as_f64(), Some(wanted), "{field}: {mine}");
    }
    assert_eq!((&other["id"], &other["metrics"]["total"]), (&json!("few"), &json!(0)));
    assert!(!page.to_string().contains("watching_0123456789"), "a secret is shown: {page}");
    // Nobody else is let in.
    let http = reqwest::Client::new();
    for request in [
        http.get(&url),
        http.get(&url).bearer_auth("wrong"),
        http.get(&url).basic_auth(ADMIN_TOKEN, Some("")),
    ] {
        let refused = request.send().await.expect("an answer");
        assert_eq!(refused.status(), 403);
        let problem: Value = refused.json().await.expect("JSON");
        assert_eq!((&problem["code"], problem.get("endpoints")), (&json!("admin_forbidden"), None));
    }
    let mut closed = Fleet::prepare(&config(&receiver, ""), &[]).await;
    let ingress = closed.start("ingress").await;
    let (status, problem) = ask(Method::GET, &format!("{}/admin/endpoints", ingress.url()), None).await;
    assert_eq!((status, &problem["code"]), (403, &json!("admin_forbidden")), "no token is set");
}

#[tokio::test]
async fn m5_a_test_webhook_is_signed_walks_the_whole_way_and_tells_its_result() {
    let receiver = Receiver::start().await;
    let xml = "[[endpoints]]\nid = \"xml\"\nprovider = \"stripe\"\nevent_format = \"xml\"\nevent_type_field = \"event.type\"\nsecrets = [\"watching\"]\n";
    let gateway = Gateway::start(&config(&receiver, xml)).await;
    let url = format!("{}/admin/test-webhook", gateway.url());
    let test = async |endpoint: &str, payload: Value| {
        ask(Method::POST, &url, Some(json!({ "endpoint_id": endpoint, "payload": payload }))).await
    };
    let payload = json!({ "type": "thing.tested", "n": 1 });
    let (status, result) = test("in", payload.clone()).await;
    assert_eq!(status, 200, "{result}");
    assert_eq!((&result["status"], &result["signature"]), (&json!("accepted"), &json!("valid")));
    until("it is delivered", 1, async || receiver.count()).await;
    let call = &receiver.calls()[0];
    assert_eq!(serde_json::from_slice::<Value>(&call.body).expect("JSON"), payload);
    assert_eq!(
        (call.header("hookstream-event-id"), call.header("hookstream-endpoint")),
        (result["event_id"].as_str().expect("an id"), "in")
    );
    // A body that is not JSON is given as a string.
    assert_eq!(test("xml", json!("<event><type>thing.tested</type></event>")).await.0, 200);
    until("that too is delivered", "<event><type>thing.tested</type></event>".to_owned(), async || {
        receiver.calls().last().expect("a call").text()
    })
    .await;
    // What would be refused is refused, and says why.
    test("few", payload.clone()).await;
    test("few", payload.clone()).await;
    for ((endpoint, payload), wanted) in [
        (("few", payload.clone()), (429, "rate_limited")),
        (("xml", json!("<broken")), (400, "malformed_body")),
        (("xml", payload.clone()), (422, "invalid_request")),
        (("nowhere", payload), (404, "not_found")),
    ] {
        let (status, problem) = test(endpoint, payload).await;
        assert_eq!((status, problem["code"].as_str().unwrap_or_default()), wanted, "{problem}");
    }
    idle(&gateway.store).await;
    assert_eq!(receiver.count(), 4);
}

#[tokio::test]
async fn streams_are_shown_with_what_waits_in_them() {
    let receiver = Receiver::start().await;
    let environment = [("ADMIN_TOKEN", ADMIN_TOKEN.to_owned())];
    let mut fleet = Fleet::prepare(&config(&receiver, ""), &environment).await;
    let ingress = fleet.start("ingress").await;
    // No router runs: what is accepted waits.
    fleet.sender(&ingress, "in").send(THING).await.event_id();
    let (status, page) = ask(Method::GET, &format!("{}/admin/streams", ingress.url()), None).await;
    assert_eq!(status, 200, "{page}");
    let streams = page["streams"].as_array().expect("a list");
    let waiting = |name: &str| {
        let found = streams.iter().find(|stream| stream["stream"] == name);
        found.map(|stream| {
            (stream["depth"].as_u64(), stream["pending"].as_u64(), stream["oldest_seconds"].is_f64())
        })
    };
    assert_eq!(waiting("events"), Some((Some(1), Some(0), true)), "{page}");
    for empty in ["jobs:critical", "jobs:low", "retry", "dead"] {
        assert_eq!(waiting(empty), Some((Some(0), Some(0), true)), "{empty}: {page}");
    }
}

#[tokio::test]
async fn a_configuration_with_mistakes_is_told_of_and_the_old_one_stays_in_force() {
    let receiver = Receiver::start().await;
    let gateway = Gateway::start(&config(&receiver, "")).await;
    let reload = async || ask(Method::POST, &format!("{}/admin/config/reload", gateway.url()), None).await;
    let sender = gateway.sender("in");
    let good = std::fs::read_to_string(&gateway.config).expect("it was written");
    std::fs::write(&gateway.config, good.replace("provider =", "providr =")).expect("it can be written");
    let (status, answer) = reload().await;
    assert_eq!((status, &answer["code"]), (422, &json!("invalid_configuration")), "{answer}");
    let mistakes = answer["mistakes"].as_array().expect("a list");
    let spelt = mistakes.iter().find(|mistake| mistake["suggestion"] == "provider");
    assert!(spelt.is_some_and(|mistake| mistake["line"].is_u64()), "{answer}");
    sender.send(THING).await.event_id();
    std::fs::write(&gateway.config, &good).expect("it can be written");
    assert_eq!(reload().await, (200, json!({ "status": "reloaded" })));
    sender.send(THING).await.event_id();
}
