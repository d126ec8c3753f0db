//! The examples of deploy/examples, each as its README runs it.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    ADMIN_TOKEN, Fleet, Gateway, eventually, free_port, idle, python_program, redis_cli, repository, run,
    until,
};
use tokio::process::{Child, Command};

fn example(name: &str) -> PathBuf {
    repository().join("deploy/examples").join(name)
}

fn path(name: &str) -> String {
    example(name).to_str().expect("plain").to_owned()
}

fn read(name: &str) -> String {
    std::fs::read_to_string(example(name)).expect("the example is there")
}

/// `hookstream send`, as the README has it; the answer and whether it was accepted.
async fn send(url: &str, config: &str, endpoint: &str, body: Option<&str>) -> (bool, Value) {
    let config = path(config);
    let file = body.map(path);
    let mut arguments = vec!["send", endpoint, "--config", &config, "--url", url, "--json"];
    arguments.extend(file.iter().flat_map(|file| ["--file", file.as_str()]));
    let out = run(&arguments, &[]).await;
    let said = if out.stdout.is_empty() { &out.stderr } else { &out.stdout };
    (out.status.success(), serde_json::from_slice(said).unwrap_or_else(|_| panic!("{out:?}")))
}

/// Sends what must be accepted; its event's id.
async fn accepted(url: &str, config: &str, endpoint: &str, body: Option<&str>) -> String {
    let (accepted, answer) = send(url, config, endpoint, body).await;
    assert!(accepted, "{answer}");
    answer["event_id"].as_str().expect("an id").to_owned()
}

/// The HTTP handler of the payments' example.
async fn receiver(gateway_log: &std::path::Path, port: u16) -> Child {
    let log = std::fs::File::create(gateway_log).expect("a log");
    let mut command = Command::new(repository().join("target/tools/python/bin/python"));
    command.arg(example("receiver.py")).args(["--port", &port.to_string()]);
    let child = command.stdin(Stdio::null()).stdout(log).kill_on_drop(true).spawn().expect("Python runs");
    until("the receiver listens", true, async || {
        tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok()
    })
    .await;
    child
}

#[tokio::test]
async fn every_example_passes_the_check() {
    let mut files = vec![path("stream-handler/hookstream.toml")];
    for entry in std::fs::read_dir(example("")).expect("the examples").filter_map(Result::ok) {
        let file = entry.path().to_str().expect("plain").to_owned();
        files.extend(file.ends_with(".toml").then_some(file));
    }
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        let out = run(&["check", &file], &[]).await;
        assert!(out.status.success(), "{out:?}");
        assert!(
            read("README.md").contains(file.rsplit('/').next().expect("a name")),
            "{file} is not told of"
        );
    }
}

#[tokio::test]
async fn the_payment_routes_choose_by_type_source_and_amount_and_post_to_a_handler_that_checks_us() {
    let folder = tempfile::tempdir().expect("a folder");
    let (log, port) = (folder.path().join("receiver"), free_port());
    let _receiver = receiver(&log, port).await;
    let url = [("PAYMENTS_URL", format!("http://127.0.0.1:{port}/payments"))];
    let gateway = Gateway::start_with(&read("payments.toml"), &url).await;
    let intent = accepted(&gateway.url(), "payments.toml", "payments", Some("payment_intent.json")).await;
    let payment = accepted(&gateway.url(), "payments.toml", "paypal", Some("payment.json")).await;
    let mut small: Value = serde_json::from_str(&read("payment.json")).expect("JSON");
    small["amount"] = json!(1000);
    gateway.sender("paypal").send(&small.to_string()).await.event_id();
    idle(&gateway.store).await;
    let said = std::fs::read_to_string(&log).expect("its log");
    let mut lines: Vec<_> = said.lines().filter(|line| !line.starts_with("listening")).collect();
    lines.sort_unstable();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(lines[0].starts_with(&format!("payment_processor payment.succeeded {payment} ")), "{said}");
    assert!(lines[1].starts_with(&format!("process_payments payment_intent.succeeded {intent} ")), "{said}");
    assert!(gateway.store.newest_dead_letters(1).await.expect("Redis answers").is_empty());

    let (event, config) = (path("payment.json"), path("payments.toml"));
    let arguments = ["route", "test", &event, "--config", &config, "--source", "paypal", "--json"];
    let out = run(&arguments, &[]).await;
    let routes: Vec<Value> = String::from_utf8_lossy(&out.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!((&routes[0]["matched"], &routes[1]["matched"]), (&json!(true), &json!(false)), "{out:?}");
    assert_eq!(routes[0]["filters"][0]["description"], "High value payments");
}

#[tokio::test]
async fn the_xml_endpoint_takes_xml_and_its_rule_reads_it() {
    let gateway = Gateway::start(&read("xml.toml")).await;
    let post = async |body: String| {
        let request = reqwest::Client::new().post(format!("{}/webhook/xml", gateway.url())).body(body);
        let answer = request.header("Content-Type", "application/xml").send().await.expect("an answer");
        let answer: Value = answer.json().await.expect("JSON");
        answer["event_id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    };
    let large = post(read("order.xml")).await;
    let small = post(read("order.xml").replace("149.50", "99.50")).await;
    idle(&gateway.store).await;
    let told = |id: &str| {
        let said = gateway.program.said();
        said.lines()
            .any(|line| line.contains(id) && line.contains("large_orders") && line.contains("delivered"))
    };
    assert!(told(&large) && !told(&small), "{}", gateway.program.said());
}

#[tokio::test]
async fn the_restricted_endpoint_takes_three_in_a_second_and_blocks_who_sends_more() {
    let gateway = Gateway::start(&read("restricted.toml")).await;
    let sender = gateway.sender("restricted");
    let bodies = (0..4).map(|n| format!("{{\"n\":{n}}}")).collect::<Vec<_>>();
    let answers = futures_util::future::join_all(bodies.iter().map(|body| sender.send(body))).await;
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 200).collect();
    assert_eq!(refused.len(), 1, "{answers:?}");
    assert_eq!((refused[0].status, refused[0].code()), (429, "rate_limited"));
    assert_eq!(refused[0].header("retry-after"), "600");
    let policy = r#""burst";q=3;w=1, "minute";q=10;w=60, "hour";q=100;w=3600"#;
    assert_eq!(refused[0].header("ratelimit-policy"), policy);
    let (accepted, answer) = send(&gateway.url(), "restricted.toml", "restricted", None).await;
    assert_eq!((accepted, &answer["code"]), (false, &json!("address_blocked")));

    let redis = [("REDIS_URL", gateway.redis_url.clone())];
    let config = path("restricted.toml");
    let shown = run(&["limits", "restricted", "--config", &config], &redis).await;
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("127.0.0.1") && shown.contains("3 in the last minute"), "{shown}");
    let removed = run(&["blocked", "remove", "127.0.0.1", "--config", &config], &redis).await;
    assert!(removed.status.success(), "{removed:?}");
    // Asked with what counts against nobody: over its limit it would be blocked once more.
    let url = format!("{}/webhook/restricted", gateway.url());
    until("it is let in again", 405, async || {
        reqwest::get(&url).await.expect("the gateway answers").status().as_u16()
    })
    .await;
}

#[tokio::test]
async fn the_custom_handler_in_rust_books_a_payment() {
    let token = [("ADMIN_TOKEN", ADMIN_TOKEN.to_owned())];
    let mut fleet = Fleet::prepare(&read("custom-handler.toml"), &token).await;
    let ingress = fleet.start("ingress").await;
    let _router = fleet.start("router").await;
    let worker = fleet.start_program("examples/custom_handler").await;
    let id = accepted(&ingress.url(), "custom-handler.toml", "payments", Some("payment_intent.json")).await;
    eventually("its log says booked", async || {
        let said = worker.program.said();
        said.lines().any(|line| line.contains("booked") && line.contains(&id)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_stream_handler_in_python_takes_a_payment() {
    let gateway = Gateway::start(&read("stream-handler/hookstream.toml")).await;
    let config = "stream-handler/hookstream.toml";
    let id = accepted(&gateway.url(), config, "payments", Some("payment_intent.json")).await;
    until("it is on the stream", "1".to_owned(), async || {
        redis_cli(&gateway.redis_url, &["XLEN", "my:payments"]).await
    })
    .await;
    let (handler, redis) = (example("stream-handler/handler.py"), gateway.redis_url.clone());
    let handling =
        tokio::task::spawn_blocking(move || python_program(&handler, &["--redis-url", &redis, "--once"]));
    let said =
        tokio::time::timeout(Duration::from_secs(30), handling).await.expect("it ends").expect("it runs");
    assert_eq!(said, format!("{id}: payment pi_1001 succeeded: $25.00"));
}
