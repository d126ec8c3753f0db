//! R4: which pages in browsers may post.

use reqwest::{Client, Method, Response};
use serde_json::json;
use tests::{Gateway, until};

use super::endpoint;

const GOOD: &str = "https://yourdomain.com";

/// What a browser sends for a page of this origin.
async fn ask(gateway: &Gateway, method: Method, endpoint: &str, origin: &str) -> Response {
    let request = Client::new().request(method, format!("{}/webhook/{endpoint}", gateway.url()));
    let request = request.header("Origin", origin).header("Access-Control-Request-Method", "POST");
    request.header("Content-Type", "application/json").body("{}").send().await.expect("an answer")
}

fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer.headers().get(name).map(|value| value.to_str().expect("text"))
}

#[tokio::test]
async fn r4_cors_lets_the_listed_pages_in_and_no_others() {
    let cors = "cors_enabled = true\nallowed_origins = [\"https://yourdomain.com\"]";
    let gateway = Gateway::start(&[endpoint("listed", cors), endpoint("closed", "")].concat()).await;
    for method in [Method::OPTIONS, Method::POST] {
        let answer = ask(&gateway, method.clone(), "listed", GOOD).await;
        assert!(answer.status().is_success(), "{answer:?}");
        assert_eq!(answer.headers()["access-control-allow-origin"], GOOD);
        assert_eq!(answer.headers()["vary"], "Origin");
        for bad in ["https://evil.example", "null", "https://yourdomain.com.evil.example"] {
            let answer = ask(&gateway, method.clone(), "listed", bad).await;
            assert_eq!(answer.status(), 403, "{bad}");
            assert!(!answer.headers().contains_key("access-control-allow-origin"), "{bad}");
        }
    }
    assert_eq!(ask(&gateway, Method::OPTIONS, "closed", GOOD).await.status(), 405);
    let url = format!("{}/webhook/listed", gateway.url());
    let asked = Client::new().request(Method::OPTIONS, url).send().await.expect("an answer");
    assert_eq!(
        (asked.status().as_u16(), &asked.headers()["allow"]),
        (204, &"POST, OPTIONS".parse().expect("a value"))
    );
    let plain = ask(&gateway, Method::POST, "closed", GOOD).await;
    assert!(!plain.headers().contains_key("access-control-allow-origin"));
    let block = Client::new().post(format!("{}/admin/blocked", gateway.url()));
    let blocked = block.json(&json!({ "ip": "127.0.0.1" })).send().await.expect("an answer");
    assert_eq!(blocked.status(), 201);
    until("a blocked address has no preflight either", 403, async || {
        ask(&gateway, Method::OPTIONS, "listed", GOOD).await.status().as_u16()
    })
    .await;
}

#[tokio::test]
async fn r4_a_preflight_says_what_may_be_sent_and_with_a_star_any_page_may() {
    let any = "cors_enabled = true\nallowed_origins = [\"*\"]";
    let own =
        format!("{any}\nsignature = {{ header = \"X-Acme-Sign\", timestamp_header = \"X-Acme-Time\" }}");
    let off = format!("cors_enabled = false\nallowed_origins = [\"{GOOD}\"]");
    let endpoints = [endpoint("any", any), endpoint("own", &own), endpoint("off", &off)];
    let gateway = Gateway::start(&endpoints.concat()).await;
    for method in [Method::OPTIONS, Method::POST] {
        let answer = ask(&gateway, method.clone(), "any", "https://anybody.example").await;
        assert!(answer.status().is_success(), "{answer:?}");
        // What the configuration says, not what the page says of itself.
        assert_eq!(header(&answer, "access-control-allow-origin"), Some("*"));
        // A page without an origin: a file, or one that hides where it comes from.
        assert_eq!(ask(&gateway, method, "any", "null").await.status(), 403);
    }
    let answer = ask(&gateway, Method::OPTIONS, "own", GOOD).await;
    assert_eq!(header(&answer, "access-control-allow-methods"), Some("POST"));
    let allowed = header(&answer, "access-control-allow-headers").expect("headers that may be sent");
    for name in ["content-type", "x-webhook-signature", "x-webhook-id", "x-acme-sign", "x-acme-time"] {
        assert!(allowed.split(", ").any(|allowed| allowed == name), "{name}: {allowed}");
    }
    assert_eq!(ask(&gateway, Method::OPTIONS, "off", GOOD).await.status(), 405);
    let posted = ask(&gateway, Method::POST, "off", GOOD).await;
    assert_eq!((posted.status().as_u16(), header(&posted, "access-control-allow-origin")), (200, None));
}
