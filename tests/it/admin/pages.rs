//! What each page says to whoever asks it wrongly, and how a time may be written.

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tests::{Fleet, Gateway, idle};

use super::config;

const DYING: &str = "[[endpoints]]\nid = \"off\"\nprovider = \"custom\"\nsecrets = [\"pages_0123456789\"]\nenabled = false\n\
                     [[routes]]\nname = \"dying\"\nhandler = \"gone\"\nevent_types = [\"thing\"]\nretry_count = 0\n\
                     [handlers.gone]\ntype = \"http\"\nurl = \"http://127.0.0.1:9/\"\nallow_private = true\n";

/// A status, the JSON, and the header `Allow`.
async fn ask(gateway: &Gateway, method: Method, path: &str, body: Option<&Value>) -> (u16, Value, String) {
    let mut request = Client::new().request(method, format!("{}/admin/{path}", gateway.url()));
    if let Some(body) = body {
        // As `curl -d` sends it.
        request = request.header("Content-Type", "application/x-www-form-urlencoded").body(body.to_string());
    }
    let answer = request.send().await.expect("an answer");
    let allow = answer.headers().get("allow").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (status, allow) = (answer.status().as_u16(), allow.to_owned());
    (status, answer.json().await.unwrap_or_default(), allow)
}

#[tokio::test]
async fn whatever_is_wrong_with_a_request_is_said_in_a_problem_document() {
    let gateway = Gateway::start(&config(DYING).await).await;
    for (method, path, allow) in [
        (Method::PUT, "endpoints", "GET, HEAD"),
        (Method::DELETE, "blocked", "GET, HEAD, POST"),
        (Method::POST, "dead-letters/1-0", "GET, HEAD, DELETE"),
        (Method::GET, "config/reload", "POST"),
    ] {
        let (status, problem, allowed) = ask(&gateway, method, path, None).await;
        assert_eq!((status, &problem["code"]), (405, &json!("method_not_allowed")), "{path}: {problem}");
        assert_eq!(allowed, allow, "{path}");
    }
    for (query, wanted) in [
        ("dead-letters?limit=-1", (400, "malformed_request")),
        ("dead-letters?since=soon", (400, "malformed_request")),
        ("dead-letters?other=1", (400, "malformed_request")),
        ("dead-letters?cursor=x", (422, "invalid_request")),
        ("refused?cursor=-", (422, "invalid_request")),
        ("events?cursor=x", (422, "invalid_request")),
        ("events?since=1.5", (400, "malformed_request")),
        ("other", (404, "not_found")),
    ] {
        let (status, problem, _) = ask(&gateway, Method::GET, query, None).await;
        assert_eq!((status, problem["code"].as_str().unwrap_or_default()), wanted, "{query}: {problem}");
        for member in ["type", "title", "status", "detail", "request_id"] {
            assert!(!problem[member].is_null(), "{query}, {member}: {problem}");
        }
    }
    let large = json!({ "ids": ["1-0".repeat(1_000_000)] });
    let (status, problem, _) = ask(&gateway, Method::POST, "dead-letters/replay", Some(&large)).await;
    assert_eq!((status, &problem["code"]), (413, &json!("body_too_large")));
    let test = json!({ "endpoint_id": "off", "payload": {} });
    let (status, problem, _) = ask(&gateway, Method::POST, "test-webhook", Some(&test)).await;
    assert_eq!((status, &problem["code"]), (403, &json!("endpoint_disabled")), "as a provider would hear");
}

#[tokio::test]
async fn a_time_is_so_long_ago_or_a_date_or_a_number() {
    let gateway = Gateway::start(&config(DYING).await).await;
    let event = json!({ "source": "custom", "event": { "type": "thing" }, "run": true });
    let (status, ran, _) = ask(&gateway, Method::POST, "routes/test", Some(&event)).await;
    assert_eq!(
        (status, &ran["results"][0]["outcome"]),
        (200, &json!("dead")),
        "the type is the event's: {ran}"
    );
    idle(&gateway.store).await;
    for (since, found) in [
        ("1h", 1),
        ("0", 1),
        ("1700000000", 1),
        ("1700000000000", 1),
        ("2023-11-14T22:13:20Z", 1),
        ("2023-11-14", 1),
        ("4000000000", 0),
        ("4000000000000", 0),
        ("2096-10-02T07:06:40Z", 0),
    ] {
        let (status, page, _) =
            ask(&gateway, Method::GET, &format!("dead-letters?since={since}&cursor="), None).await;
        assert_eq!(
            (status, page["dead_letters"].as_array().map(Vec::len)),
            (200, Some(found)),
            "{since}: {page}"
        );
        let (status, page, _) = ask(&gateway, Method::GET, &format!("events?since={since}"), None).await;
        assert_eq!((status, page["events"].as_array().map(Vec::len)), (200, Some(found)), "{since}: {page}");
        let dry = json!({ "route": "dying", "since": since, "dry_run": true });
        let (status, said, _) = ask(&gateway, Method::POST, "dead-letters/replay", Some(&dry)).await;
        assert_eq!(
            (status, said["would_replay"].as_array().map(Vec::len)),
            (200, Some(found)),
            "{since}: {said}"
        );
    }
}

#[tokio::test]
async fn dev_lets_this_machine_in_but_no_page_that_a_browser_here_shows() {
    let gateway = Gateway::start(&config("").await).await;
    let url = format!("{}/admin/endpoints", gateway.url());
    let status = async |header: &str, value: &str| {
        let answer = Client::new().get(&url).header(header, value).send().await.expect("an answer");
        answer.status().as_u16()
    };
    assert_eq!(status("Host", "localhost:5000").await, 200);
    assert_eq!(status("Origin", &gateway.url()).await, 200);
    for (header, value) in [("Host", "evil.example"), ("Origin", "https://evil.example"), ("Origin", "null")]
    {
        assert_eq!(status(header, value).await, 403, "{header}: {value}");
    }
}

#[tokio::test]
async fn openapi_json_is_for_whoever_has_a_token() {
    let mut fleet = Fleet::prepare(&config("").await, &[]).await;
    let ingress = fleet.start("ingress").await;
    let look = (Method::GET, "openapi.json");
    assert_eq!(super::ask(&ingress, look.clone(), "wrong", "").await.status, 403);
    let document = super::ask(&ingress, look, super::EYES, "").await.json;
    assert_eq!(
        (&document["openapi"], &document["info"]["version"]),
        (&json!("3.1.0"), &json!(env!("CARGO_PKG_VERSION")))
    );
    assert!(document["paths"]["/admin/dead-letters/{id}"]["delete"].is_object());
}

#[tokio::test]
async fn the_console_is_a_page_in_a_browser_and_a_refusal_elsewhere() {
    let mut fleet = Fleet::prepare(&config("").await, &[]).await;
    let ingress = fleet.start("ingress").await;
    let open = async |token: Option<&str>, accept: &str| {
        let request = Client::new().get(format!("{}/admin/", ingress.url())).header("Accept", accept);
        let request = token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
        let answer = request.send().await.expect("an answer");
        let kind = answer.headers()["content-type"].to_str().expect("text").to_owned();
        (answer.status().as_u16(), kind, answer.text().await.expect("text"))
    };
    let html = "text/html; charset=utf-8";
    let (status, kind, page) = open(Some(super::EYES), "*/*").await;
    assert_eq!((status, kind.as_str()), (200, html));
    assert!(page.starts_with("<!doctype html>") && !page.contains("{nonce}"), "{page}");
    let (status, kind, asking) = open(None, "text/html,application/xhtml+xml").await;
    assert_eq!((status, kind.as_str(), asking.len()), (403, html, page.len()), "to type the token in");
    let (status, kind, _) = open(None, "*/*").await;
    assert_eq!((status, kind.as_str()), (403, "application/problem+json"));
}
