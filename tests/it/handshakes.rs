//! What providers ask of an endpoint beside taking events, over real HTTP.

use event::Millis;
use reqwest::Method;
use tests::{Gateway, hmac};

const SECRET: &str = "handshaking_secret_0123456789";

/// A throwaway key, for Discord to sign with.
const DISCORD_KEY: &str = include_str!("../../crates/signature/tests/vectors/ed25519.pem");

fn shared(provider: &str, more: &str) -> String {
    format!(
        "[[endpoints]]\nid = \"{provider}\"\nprovider = \"{provider}\"\nsecrets = [\"{SECRET}\"]\n{more}\n\n"
    )
}

/// Status, content type and text.
async fn ask(
    gateway: &Gateway,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> (u16, String, String) {
    let mut request = reqwest::Client::new().request(method, format!("{}/webhook/{path}", gateway.url()));
    if !body.is_empty() {
        request = request.header("Content-Type", "application/json").body(body.to_owned());
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.expect("the gateway answers");
    let header = |name: &str| answer.headers().get(name).map(|v| v.to_str().expect("text").to_owned());
    let kind = header("content-type").unwrap_or_default();
    if answer.status().is_success() {
        assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"));
    }
    (answer.status().as_u16(), kind, answer.text().await.expect("text"))
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_default()
}

async fn is_no_event(gateway: &Gateway) {
    let depths = gateway.store.depths(Millis::now()).await.expect("Redis answers");
    assert!(depths.iter().all(|depth| depth.depth == 0), "a handshake became an event: {depths:?}");
}

#[tokio::test]
async fn challenges_that_are_signed_are_answered_once_they_are_proven() {
    let config = ["slack", "zoom", "twitch", "xero"].map(|provider| shared(provider, "")).concat();
    let gateway = Gateway::start(&config).await;
    let now = Millis::now().seconds().to_string();
    let sign = |text: String| hmac("sha256", SECRET, text.as_bytes());

    let body = r#"{"type":"url_verification","challenge":"3eZbrw1a"}"#;
    let signature = format!("v0={}", sign(format!("v0:{now}:{body}")));
    let headers = [("X-Slack-Signature", signature.as_str()), ("X-Slack-Request-Timestamp", &now)];
    let (status, kind, text) = ask(&gateway, Method::POST, "slack", &headers, body).await;
    assert_eq!((status, text.as_str()), (200, "3eZbrw1a"));
    assert!(kind.starts_with("text/plain"), "{kind}");
    let (status, _, text) = ask(&gateway, Method::POST, "slack", &[], body).await;
    assert_eq!(
        (status, json(&text)["code"].as_str()),
        (401, Some("missing_signature")),
        "an unsigned challenge"
    );

    let body = r#"{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6U"}}"#;
    let signature = format!("v0={}", sign(format!("v0:{now}:{body}")));
    let headers = [("x-zm-signature", signature.as_str()), ("x-zm-request-timestamp", &now)];
    let (status, _, text) = ask(&gateway, Method::POST, "zoom", &headers, body).await;
    let expected = serde_json::json!({ "plainToken": "qgg8vlvZRS6U", "encryptedToken": sign("qgg8vlvZRS6U".to_owned()) });
    assert_eq!((status, json(&text)), (200, expected));

    let body = r#"{"challenge":"pogchamp-kappa","subscription":{"status":"pending"}}"#;
    let at = Millis::now().to_string();
    let signature = format!("sha256={}", sign(format!("m-1{at}{body}")));
    let headers = [
        ("Twitch-Eventsub-Message-Id", "m-1"),
        ("Twitch-Eventsub-Message-Timestamp", &at),
        ("Twitch-Eventsub-Message-Signature", &signature),
        ("Twitch-Eventsub-Message-Type", "webhook_callback_verification"),
    ];
    let (status, kind, text) = ask(&gateway, Method::POST, "twitch", &headers, body).await;
    assert_eq!((status, text.as_str(), kind.starts_with("text/plain")), (200, "pogchamp-kappa", true));

    let body = r#"{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"S0m3r4Nd0mt3xt"}"#;
    let raw = tests::python(
        "import sys, hmac, base64\nprint(base64.b64encode(hmac.digest(sys.argv[1].encode(), sys.stdin.buffer.read(), 'sha256')).decode())",
        &[SECRET],
        body.as_bytes(),
    );
    let (status, _, text) = ask(&gateway, Method::POST, "xero", &[("x-xero-signature", &raw)], body).await;
    assert_eq!((status, text.as_str()), (200, ""), "intent to receive, rightly signed");
    let wrong = raw.replacen(|c: char| c.is_ascii_alphabetic(), "0", 1);
    let (status, ..) = ask(&gateway, Method::POST, "xero", &[("x-xero-signature", &wrong)], body).await;
    assert_eq!(status, 401, "intent to receive, wrongly signed");
    is_no_event(&gateway).await;
}

#[tokio::test]
async fn challenges_by_get_are_answered_where_the_provider_has_them_and_nowhere_else() {
    let meta = shared("meta", "verify_token = \"mine\"");
    let config =
        [meta, shared("dropbox", ""), shared("okta", ""), shared("trello", ""), shared("github", "")]
            .concat();
    let gateway = Gateway::start(&config).await;
    let right = "meta?hub.mode=subscribe&hub.verify_token=mine&hub.challenge=1158201444";
    let (status, kind, text) = ask(&gateway, Method::GET, right, &[], "").await;
    assert_eq!((status, text.as_str(), kind.starts_with("text/plain")), (200, "1158201444", true));
    for wrong in ["mine2", "", "min"] {
        let path = right.replace("=mine", &format!("={wrong}"));
        assert_eq!(ask(&gateway, Method::GET, &path, &[], "").await.0, 403, "{wrong:?}");
    }
    let (status, kind, text) = ask(&gateway, Method::GET, "dropbox?challenge=a%3Cb", &[], "").await;
    assert_eq!((status, text.as_str(), kind.starts_with("text/plain")), (200, "a<b", true));
    let challenge = ("X-Okta-Verification-Challenge", "c1");
    let (status, _, text) =
        ask(&gateway, Method::GET, "okta", &[("Authorization", SECRET), challenge], "").await;
    assert_eq!((status, json(&text)["verification"].as_str()), (200, Some("c1")));
    assert_eq!(ask(&gateway, Method::GET, "okta", &[challenge], "").await.0, 401, "without the secret");
    assert_eq!(ask(&gateway, Method::HEAD, "trello", &[], "").await.0, 200);
    for (method, path, allow) in [
        (Method::GET, "github", "POST"),
        (Method::GET, "trello", "POST, HEAD"),
        (Method::HEAD, "dropbox", "POST, GET"),
        (Method::PUT, "meta", "POST, GET"),
    ] {
        let url = format!("{}/webhook/{path}", gateway.url());
        let refused = reqwest::Client::new().request(method, url).send().await.expect("the gateway answers");
        let allowed = refused.headers()["allow"].to_str().expect("text");
        assert_eq!((refused.status().as_u16(), allowed), (405, allow), "{path}");
    }
    let (_, page) = gateway.page("/metrics").await;
    let meta = ["total", "success", "failed"].map(|what| page["endpoints"]["meta"][what].as_u64());
    assert_eq!(meta, [Some(5), Some(1), Some(4)], "a handshake that was answered is no failure: {page}");
    is_no_event(&gateway).await;
}

#[tokio::test]
async fn what_is_not_signed_by_its_provider_is_greeted_and_no_event() {
    let config = [shared("asana", ""), shared("woocommerce", "")].concat();
    let gateway = Gateway::start(&config).await;
    let http = reqwest::Client::new();
    let url = |id: &str| format!("{}/webhook/{id}", gateway.url());
    let answer =
        http.post(url("asana")).header("X-Hook-Secret", "s3").header("Content-Length", "0").send().await;
    let answer = answer.expect("the gateway answers");
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["x-hook-secret"].to_str().expect("text")),
        (200, "s3")
    );
    let form = "application/x-www-form-urlencoded";
    let ping = http.post(url("woocommerce")).header("Content-Type", form).body("webhook_id=7").send().await;
    assert_eq!(ping.expect("the gateway answers").status().as_u16(), 200);
    let long = format!("webhook_id={}", "7".repeat(80));
    let long = http.post(url("woocommerce")).header("Content-Type", form).body(long).send().await;
    assert_ne!(long.expect("the gateway answers").status().as_u16(), 200);
    is_no_event(&gateway).await;
}

#[tokio::test]
async fn discords_ping_gets_its_own_back_and_a_forged_one_401() {
    let signed = |body: &str, t: &str| {
        tests::python(
            "import sys, tempfile, subprocess, os\nkey, t = sys.argv[1:]\n\
             with tempfile.TemporaryDirectory() as d:\n\
             \x20   open(d + '/k', 'w').write(key); open(d + '/m', 'wb').write(t.encode() + sys.stdin.buffer.read())\n\
             \x20   out = subprocess.run(['openssl', 'pkeyutl', '-sign', '-rawin', '-inkey', d + '/k', '-in', d + '/m'], check=True, capture_output=True).stdout\n\
             \x20   print(out.hex())",
            &[DISCORD_KEY, t],
            body.as_bytes(),
        )
    };
    let public = tests::python(
        "import sys, subprocess\nout = subprocess.run(['openssl', 'pkey', '-pubout', '-outform', 'DER'], input=sys.stdin.buffer.read(), check=True, capture_output=True).stdout\n\
         print(out[-32:].hex())",
        &[],
        DISCORD_KEY.as_bytes(),
    );
    let gateway = Gateway::start(&format!(
        "[[endpoints]]\nid = \"discord\"\nprovider = \"discord\"\npublic_keys = [\"{public}\"]\n"
    ))
    .await;
    let now = Millis::now().seconds().to_string();
    let body = r#"{"type":1}"#;
    let signature = signed(body, &now);
    let headers = [("X-Signature-Ed25519", signature.as_str()), ("X-Signature-Timestamp", &now)];
    let (status, _, text) = ask(&gateway, Method::POST, "discord", &headers, body).await;
    assert_eq!((status, text.as_str()), (200, r#"{"type":1}"#));
    let (status, ..) = ask(&gateway, Method::POST, "discord", &headers, r#"{"type": 1}"#).await;
    assert_eq!(status, 401);
    is_no_event(&gateway).await;
}
