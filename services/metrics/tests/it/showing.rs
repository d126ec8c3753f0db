//! Counting and the page.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use service::{Meter, catalog};
use stream::Fsync;

use crate::support::{Place, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn what_all_processes_count_is_added_once_by_however_many_services() {
    let place = Place::make().await;
    let (one, two) = (place.run("", &[]).await, place.run("", &[]).await);
    let labels = [("endpoint", "payments"), ("status", "accepted")];
    for _ in 0..300 {
        one.count(2, catalog::REQUESTS, &labels).await;
    }
    let line = "webhook_requests_total{endpoint=\"payments\",status=\"accepted\"} 600\n";
    // Right at once, folded or not, and still right when all is folded.
    assert!(two.page().await.contains(line));
    let store = one.context.store.clone();
    eventually("everything is folded", async || {
        let waiting: u64 = redis::cmd("XLEN")
            .arg(store.keys().increments())
            .query_async(&mut store.commands())
            .await
            .unwrap();
        waiting == 0
    })
    .await;
    assert!(one.page().await.contains(line));
    assert!(two.page().await.contains(line));
    one.stop().await;
    two.stop().await;
    assert!(place.run("", &[]).await.page().await.contains(line), "kept over a restart");
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_itself_reads_the_page() {
    let place = Place::make().await;
    let service = place.run("", &[]).await;
    let meter = Meter::default();
    meter.count(catalog::REQUESTS, &[("endpoint", "a"), ("status", "accepted")]);
    meter.count(catalog::DELIVERIES, &[("route", "of \"quotes\" and \\"), ("outcome", "delivered")]);
    for ms in [1, 30, 70_000] {
        meter.observe(catalog::RESPONSE_TIME, Duration::from_millis(ms));
    }
    meter.ship(&service.context.store).await;
    let (status, kind, page) = service.get("/metrics").await.unwrap();
    assert_eq!((status, kind.as_str()), (200, "text/plain; version=0.0.4; charset=utf-8"));
    assert!(page.contains("webhook_response_time_seconds_bucket{le=\"0.001\"} 1\n"));
    assert!(page.contains("webhook_response_time_seconds_bucket{le=\"60\"} 2\n"));
    assert!(page.contains("webhook_response_time_seconds_count 3\n"));
    assert!(page.contains("webhook_queue_depth{stream=\"jobs:critical\"} 0\n"));
    promtool(&["check", "metrics"], &page);
}

#[test]
fn prometheus_itself_reads_the_rules() {
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/prometheus/alerts.yml");
    promtool(&["check", "rules", rules], "");
}

/// Debian's package `prometheus` has it.
fn promtool(arguments: &[&str], input: &str) {
    let started = Command::new("promtool")
        .args(arguments)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut tool) = started else {
        eprintln!(
            "SKIPPED: promtool is not installed (apt-get install prometheus); the page was not checked by it"
        );
        return;
    };
    tool.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let ended = tool.wait_with_output().unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    assert!(ended.status.success(), "{}\n{input}", String::from_utf8_lossy(&said));
}

#[tokio::test(flavor = "multi_thread")]
async fn switched_off_it_says_so_and_goes_on_counting() {
    let place = Place::make().await;
    let service = place.run("", &[("ENABLE_METRICS", "false")]).await;
    let (status, kind, body) = service.get("/metrics").await.unwrap();
    assert_eq!((status, kind.as_str()), (404, "application/problem+json"));
    assert!(body.contains("ENABLE_METRICS"), "{body}");
    assert_eq!(service.get("/ready").await.unwrap().0, 200);
    service.count(3, catalog::UNROUTED, &[]).await;
    let store = service.context.store.clone();
    eventually("it is folded", async || {
        let folded: Option<f64> = redis::cmd("HGET")
            .arg(store.keys().totals())
            .arg(catalog::UNROUTED)
            .query_async(&mut store.commands())
            .await
            .unwrap();
        folded == Some(3.0)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_may_go_and_come_back() {
    let mut place = Place::make().await;
    let service = place.run("", &[]).await;
    service.count(1, catalog::UNROUTED, &[]).await;
    assert!(service.page().await.contains("webhook_events_unrouted_total 1\n"));
    place.redis.kill().await.unwrap();
    let (status, kind, _) = service.get("/metrics").await.unwrap();
    assert_eq!((status, kind.as_str()), (503, "application/problem+json"));
    assert_eq!(service.get("/health").await.unwrap().0, 200);
    // Longer than the pauses grow, so that it must still be trying.
    tokio::time::sleep(Duration::from_secs(3)).await;
    place.redis.revive(Fsync::EverySecond).await.unwrap();
    eventually("it counts again", async || {
        service.count(1, catalog::UNROUTED, &[]).await;
        let store = service.context.store.clone();
        let waiting: Result<u64, _> =
            redis::cmd("XLEN").arg(store.keys().increments()).query_async(&mut store.commands()).await;
        waiting.is_ok_and(|waiting| waiting == 0) && service.get("/metrics").await.unwrap().0 == 200
    })
    .await;
    service.stop().await;
}
