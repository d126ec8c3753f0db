//! D6: load.

use futures_util::future::join_all;
use tests::{Gateway, Receiver, built, hmac, idle, repository, until};
use tokio::process::Command;

use super::{SECRET, THING, UNLIMITED, endpoint, route, said};

#[tokio::test]
async fn d6_many_requests_at_one_endpoint_then_at_several_and_a_limit_holds() {
    let receiver = Receiver::start().await;
    let config = format!(
        "{}{}{}{}{}",
        endpoint("one", UNLIMITED),
        endpoint("two", UNLIMITED),
        endpoint("three", UNLIMITED),
        endpoint("few", "rate_limit = { requests_per_minute = 50 }"),
        route(&receiver)
    );
    let gateway = Gateway::start(&config).await;
    assert_eq!(ab(&gateway, "one", 600, 50).await, (600, 0));
    let several = join_all(["one", "two", "three"].map(|endpoint| ab(&gateway, endpoint, 200, 20))).await;
    assert_eq!(several, [(200, 0); 3]);
    assert_eq!(ab(&gateway, "few", 300, 20).await, (300, 250));
    until("every accepted event is delivered", 1250, async || receiver.count()).await;
    idle(&gateway.store).await;
    assert_eq!(receiver.count(), 1250, "nothing twice");
}

/// What Apache's `ab` counted: complete requests, and those not answered by 2xx.
async fn ab(gateway: &Gateway, endpoint: &str, requests: usize, at_once: usize) -> (usize, usize) {
    let body = gateway.folder.path().join(format!("{endpoint}.json"));
    std::fs::write(&body, THING).expect("a file");
    let signature = hmac("sha256", SECRET, THING.as_bytes());
    let mut command = Command::new("ab");
    command.args(["-q", "-l", "-n", &requests.to_string(), "-c", &at_once.to_string()]);
    command
        .args(["-T", "application/json", "-H", &format!("X-Webhook-Signature: {signature}"), "-p"])
        .arg(body);
    let ended = command.arg(format!("{}/webhook/{endpoint}", gateway.url())).output().await.expect("ab runs");
    assert!(ended.status.success(), "{}", said(&ended));
    let report = said(&ended);
    let number = |name: &str| {
        let line = report.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.trim_start_matches([':', ' ']).parse().ok())
    };
    assert_eq!(number("Failed requests"), Some(0), "{report}");
    (number("Complete requests").expect("it counts"), number("Non-2xx responses").unwrap_or(0))
}

#[tokio::test]
async fn d6_the_load_script_loads_a_gateway_and_finds_nothing_wrong() {
    let mut command = Command::new(repository().join("deploy/scripts/load"));
    command.arg(built("hookstream")).args(["--seconds", "1", "--connections", "8"]);
    let ended = command.kill_on_drop(true).output().await.expect("the script runs");
    assert!(ended.status.success(), "{}", said(&ended));
    let report = said(&ended);
    for line in ["one endpoint", "three endpoints", "a limit of 100 a minute", "a burst limit", "lost 0"] {
        assert!(report.contains(line), "{line}: {report}");
    }
}
