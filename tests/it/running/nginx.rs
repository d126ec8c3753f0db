//! D2: nginx, as `deploy/nginx` sets it up.

use serde_json::{Value, json};
use tests::{Gateway, Nginx, Receiver, until};
use tokio::process::Command;

use super::{THING, UNLIMITED, endpoint, route, said};

#[tokio::test]
async fn d2_nginx_speaks_tls_and_http2_and_forwards_the_senders_address() {
    let receiver = Receiver::start().await;
    let config = format!(
        "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n{}{}{}",
        endpoint("in", "rate_limit = { requests_per_minute = 100 }"),
        endpoint("small", "max_request_size = 1000"),
        route(&receiver)
    );
    let gateway = Gateway::start(&config).await;
    let nginx = Nginx::start(gateway.port).await;
    let url = format!("https://127.0.0.1:{}/webhook/in", nginx.https);
    // From another address than nginx's own, which claims to be a third.
    let headers = as_curl(&gateway.sender("in").signed(THING.as_bytes()));
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    let sent = [
        "--http2",
        "--interface",
        "127.0.0.2",
        "--data-binary",
        THING,
        "-H",
        "X-Forwarded-For: 1.2.3.4",
        "-H",
        "X-Real-IP: 1.2.3.4",
    ];
    let (answer, body) = curl(&nginx, &[&sent[..], &headers[..], &[&url]].concat()).await;
    assert_eq!(answer, "2 200", "{body}");
    let accepted: Value = serde_json::from_str(&body).expect("JSON");
    until("it is delivered", 1, async || receiver.count()).await;
    assert_eq!(json!(receiver.calls()[0].header("hookstream-event-id")), accepted["event_id"]);
    let (_, limits) = gateway.page("/admin/rate-limits/in").await;
    let clients: Vec<&Value> =
        limits["clients"].as_array().expect("clients").iter().map(|one| &one["client"]).collect();
    assert_eq!(clients, [&json!("127.0.0.2")], "{limits}");
    // HTTP/1.1 too; and who comes without TLS is sent to it, with method and body.
    let (answer, _) =
        curl(&nginx, &[&["--http1.1", "--data-binary", THING][..], &headers[..], &[&url]].concat()).await;
    assert_eq!(answer, "1.1 200");
    let plain = format!("http://127.0.0.1:{}/webhook/in?a=1", nginx.http);
    let (answer, body) = curl(&nginx, &["-D", "-", "-o", "/dev/null", "-d", "{}", &plain]).await;
    assert!(answer.ends_with(" 308") && body.contains(&format!("ocation: {url}?a=1\r\n")), "{answer} {body}");
}

#[tokio::test]
async fn d2_refusals_behind_nginx_are_ours_with_their_reasons() {
    let config = format!("[server]\ntrusted_proxies = [\"127.0.0.1\"]\n{}", endpoint("in", UNLIMITED));
    let gateway = Gateway::start(&config).await;
    let nginx = Nginx::start(gateway.port).await;
    let url = |path: &str| format!("https://127.0.0.1:{}{path}", nginx.https);
    let large = gateway.folder.path().join("large");
    std::fs::write(&large, vec![b' '; 1_500_000]).expect("a file");
    let large = large.to_str().expect("plain");
    let json = ["-H", "Content-Type: application/json"];
    for (what, arguments, wanted) in [
        (
            "a body over the limit",
            vec!["--data-binary", "@large", &url("/webhook/in")],
            (413, "body_too_large"),
        ),
        (
            "the same without its length",
            vec!["-X", "POST", "-T", "-", &url("/webhook/in")],
            (413, "body_too_large"),
        ),
        ("no signature", vec!["-d", "{}", &url("/webhook/in")], (401, "missing_signature")),
        ("no endpoint", vec!["-d", "{}", &url("/webhook/none")], (404, "unknown_endpoint")),
        (
            "a long path",
            vec!["-d", "{}", &url(&format!("/webhook/{}", "x".repeat(9000)))],
            (414, "uri_too_long"),
        ),
        (
            "a long header",
            vec!["-d", "{}", "-H", &format!("X-A: {}", "x".repeat(33_000)), &url("/webhook/in")],
            (431, "headers_too_large"),
        ),
    ] {
        for version in ["--http2", "--http1.1"] {
            let data = format!("@{large}");
            let arguments: Vec<&str> = arguments
                .iter()
                .map(|word| match *word {
                    "@large" => &data,
                    "-" => large,
                    word => word,
                })
                .collect();
            let (answer, body) = curl(&nginx, &[&[version][..], &json[..], &arguments[..]].concat()).await;
            let problem: Value =
                serde_json::from_str(&body).unwrap_or_else(|_| panic!("{what}, {version}: {answer} {body}"));
            assert_eq!(
                (&problem["status"], &problem["code"]),
                (&json!(wanted.0), &json!(wanted.1)),
                "{what}, {version}"
            );
            assert!(answer.ends_with(&wanted.0.to_string()), "{what}, {version}: {answer}");
        }
    }
}

/// `curl` to its end, through an nginx whose certificate it checks: version, status, and body.
async fn curl(nginx: &Nginx, arguments: &[&str]) -> (String, String) {
    let mut command = Command::new("curl");
    command.args(["-sS", "--max-time", "30", "-w", "\n%{http_version} %{http_code}", "--cacert"]);
    let ended = command.arg(nginx.certificate()).args(arguments).output().await.expect("curl runs");
    assert!(ended.status.success(), "{arguments:?}: {}", said(&ended));
    let text = String::from_utf8(ended.stdout).expect("text");
    let (body, answer) = text.rsplit_once('\n').expect("the last line is ours");
    (answer.to_owned(), body.to_owned())
}

fn as_curl(headers: &[(String, String)]) -> Vec<String> {
    headers.iter().flat_map(|(name, value)| ["-H".to_owned(), format!("{name}: {value}")]).collect()
}
