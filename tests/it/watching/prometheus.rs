//! M2: Prometheus' page.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tests::{
    ADMIN_TOKEN, Fleet, Gateway, Member, Program, Prometheus, Receiver, ask, eventually, free_port, until,
};

use super::{THING, config, send_badly};

/// Every metric of the contract, with its labels. A histogram is here by its count.
const CONTRACT: [(&str, &[&str]); 14] = [
    ("webhook_requests_total", &["endpoint", "status"]),
    ("webhook_response_time_seconds_count", &[]),
    ("webhook_signature_failures_total", &["endpoint", "reason"]),
    ("webhook_rate_limit_hits_total", &["endpoint", "limit"]),
    ("webhook_blocked_addresses", &[]),
    ("webhook_events_routed_total", &["route"]),
    ("webhook_events_unrouted_total", &[]),
    ("webhook_deliveries_total", &["outcome", "route"]),
    ("webhook_delivery_seconds_count", &[]),
    ("webhook_retries_total", &["route"]),
    // An event that can't be read is of no route.
    (r#"webhook_dead_letters_total{route!=""}"#, &["reason", "route"]),
    ("webhook_queue_depth", &["stream"]),
    ("webhook_queue_oldest_seconds", &["stream"]),
    ("webhook_end_to_end_seconds_count", &[]),
];

/// How long the handler takes for each attempt.
const TAKES: Duration = Duration::from_millis(50);

#[tokio::test]
async fn m2_prometheus_itself_scrapes_every_metric_of_the_contract_with_its_labels() {
    let receiver = Receiver::start().await;
    let environment = [("ADMIN_TOKEN", ADMIN_TOKEN.to_owned())];
    let mut fleet = Fleet::prepare(&config(&receiver, ""), &environment).await;
    let mut all = Vec::new();
    for service in ["ingress", "router", "worker", "metrics"] {
        all.push(fleet.start(service).await);
    }
    let prometheus = Prometheus::start(all[3].port).await;
    let began = Instant::now();
    let sending = send(&fleet, &all[0], &receiver).await;
    let block = json!({ "ip": "203.0.113.9" });
    assert_eq!(ask(Method::POST, &format!("{}/admin/blocked", all[0].url()), Some(block)).await.0, 201);
    for (expression, wanted) in [
        (r#"webhook_requests_total{endpoint="in",status="accepted"}"#, 4.0),
        (r#"webhook_requests_total{endpoint="in",status="invalid_signature"}"#, 1.0),
        (r#"webhook_requests_total{endpoint="few",status="rate_limited"}"#, 1.0),
        (r#"webhook_requests_total{endpoint="unknown",status="unknown_endpoint"}"#, 1.0),
        ("sum(webhook_requests_total)", 9.0),
        (r#"webhook_response_time_seconds_bucket{le="+Inf"}"#, 9.0),
        (r#"webhook_signature_failures_total{endpoint="in",reason="invalid_signature"}"#, 1.0),
        (r#"webhook_rate_limit_hits_total{endpoint="few",limit="minute"}"#, 1.0),
        ("webhook_blocked_addresses", 1.0),
        (r#"webhook_events_routed_total{route="all"}"#, 5.0),
        ("webhook_events_unrouted_total", 1.0),
        (r#"webhook_deliveries_total{route="all",outcome="delivered"}"#, 4.0),
        (r#"webhook_deliveries_total{route="all",outcome="retried"}"#, 1.0),
        (r#"webhook_deliveries_total{route="all",outcome="dead"}"#, 1.0),
        (r#"webhook_delivery_seconds_bucket{le="+Inf"}"#, 6.0),
        (r#"webhook_retries_total{route="all"}"#, 1.0),
        (r#"webhook_dead_letters_total{route="all",reason="gone"}"#, 1.0),
        (r#"webhook_queue_depth{stream="dead"}"#, 1.0),
        ("count(webhook_queue_depth)", 8.0),
        (r#"webhook_end_to_end_seconds_bucket{le="60"}"#, 4.0),
        (r#"count(webhook_queue_oldest_seconds{stream="dead"} > 0)"#, 1.0),
        ("count(histogram_quantile(0.5, webhook_response_time_seconds_bucket) > 0)", 1.0),
    ] {
        until(expression, Some(wanted), async || prometheus.number(expression).await).await;
    }
    times(&prometheus, sending, began).await;
    for (name, labels) in CONTRACT {
        let found = prometheus.query(name).await;
        let names: BTreeSet<Vec<&str>> =
            found.iter().map(|(labels, _)| labels.keys().map(String::as_str).collect()).collect();
        assert_eq!(names, BTreeSet::from([labels.to_vec()]), "{name}");
    }
    let page =
        reqwest::get(format!("{}/metrics", all[3].url())).await.expect("a page").text().await.expect("text");
    assert!(!page.contains("strangers"), "a stranger chose a label: {page}");
    promtool(&page);
}

/// Nine requests, one after the other, of which six become events. Of their attempts one is repeated, and one given up.
/// Returns how long the requests took.
async fn send(fleet: &Fleet, ingress: &Member, receiver: &Receiver) -> Duration {
    let (sender, few) = (fleet.sender(ingress, "in"), fleet.sender(ingress, "few"));
    receiver.take_time(TAKES);
    let began = Instant::now();
    receiver.answer_once(500, &[]);
    receiver.answer_once(410, &[]);
    for body in [THING, THING, THING, r#"{"type":"other"}"#] {
        sender.send(body).await.event_id();
    }
    send_badly(&sender).await;
    for code in ["", "", "rate_limited"] {
        assert_eq!(few.send(THING).await.code(), code);
    }
    let stranger =
        reqwest::Client::new().post(format!("{}/webhook/a-strangers-words", ingress.url())).body("{}");
    assert_eq!(stranger.send().await.expect("an answer").status(), 404);
    began.elapsed()
}

/// Sums and ages are in seconds.
async fn times(prometheus: &Prometheus, sending: Duration, began: Instant) {
    let so_far = || began.elapsed().as_secs_f64();
    for (metric, least, most) in [
        // One after the other.
        ("webhook_response_time_seconds_sum", 0.0, sending.as_secs_f64()),
        // Perhaps all at once: six attempts, and four events that were delivered.
        ("webhook_delivery_seconds_sum", 6.0 * TAKES.as_secs_f64(), 6.0 * so_far()),
        ("webhook_end_to_end_seconds_sum", 4.0 * TAKES.as_secs_f64(), 4.0 * so_far()),
        (r#"webhook_queue_oldest_seconds{stream="dead"}"#, 0.0, so_far()),
    ] {
        let value = prometheus.number(metric).await.expect("one series");
        assert!(value > least && value <= most, "{metric}: {value}, not above {least} and at most {most}");
    }
}

fn promtool(page: &str) {
    let mut tool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is installed; `make test` does that");
    tool.stdin.take().expect("piped").write_all(page.as_bytes()).expect("promtool reads");
    let ended = tool.wait_with_output().expect("promtool ends");
    assert!(ended.status.success(), "{}\n{page}", String::from_utf8_lossy(&ended.stderr));
}

#[tokio::test]
async fn m2_metrics_can_be_switched_off_and_moved_to_another_port() {
    let receiver = Receiver::start().await;
    for (switch, wanted) in [("true", 200), ("false", 404)] {
        let environment = [("ENABLE_METRICS", switch.to_owned())];
        let gateway = Gateway::start_with(&config(&receiver, ""), &environment).await;
        let url = format!("http://127.0.0.1:{}/metrics", gateway.metrics_port);
        let page = eventually("METRICS_PORT is listened on", async || reqwest::get(&url).await.ok()).await;
        assert_eq!(page.status(), wanted);
        let text = page.text().await.expect("text");
        assert_eq!(text.contains("webhook_events_unrouted_total 0\n"), wanted == 200, "{text}");
        assert_eq!(text.contains("metrics_disabled"), wanted == 404, "{text}");
        assert_eq!(gateway.page("/metrics").await.0, 200, "the JSON page is always there");
    }
    let folder = tempfile::tempdir().expect("a folder");
    for (variable, value) in [
        ("ENABLE_METRICS", "maybe"),
        ("LOG_FORMAT", "xml"),
        ("LOG_FILE", "/nowhere/log"),
        ("METRICS_PORT", "x"),
    ] {
        let environment = [
            ("HOOKSTREAM_CONFIG", "/dev/null".to_owned()),
            ("METRICS_PORT", free_port().to_string()),
            (variable, value.to_owned()),
        ];
        let mut program =
            Program::start("hookstream-metrics", &[], &environment, &folder.path().join(variable));
        let ended = program.wait(Duration::from_secs(30)).expect("it ends at once");
        assert_eq!(ended.code(), Some(2), "{variable}: {}", program.said());
        let said = program.said();
        assert!(said.contains(variable) && said.contains(value), "{said}");
    }
}
