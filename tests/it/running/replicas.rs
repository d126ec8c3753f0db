//! D3: several of each service.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;
use tests::{Answer, Fleet, Member, Receiver, idle, load_during, until};

use super::{THING, UNLIMITED, endpoint, route};

/// What each of these says of an event, in its log.
const PARTS: [(&str, &str); 2] = [("router", "routed"), ("worker", "delivered")];

#[tokio::test]
async fn d3_two_of_each_service_share_limits_queues_and_counters() {
    let receiver = Receiver::start().await;
    // A worker has room for few jobs, and each takes a while: one alone would be slower than two.
    receiver.take_time(Duration::from_millis(20));
    let config = format!(
        "{}{}{}[worker]\nconcurrency = 4\n",
        endpoint("in", UNLIMITED),
        endpoint("ten", "rate_limit = { requests_per_minute = 10 }"),
        route(&receiver)
    );
    let mut fleet = Fleet::prepare(&config, &[("RUST_LOG", "info,router=debug".to_owned())]).await;
    let all = eight(&mut fleet).await;
    let senders =
        all["ingress"].iter().map(|ingress| (fleet.sender(ingress, "in"), fleet.sender(ingress, "ten")));
    let senders: Vec<_> = senders.collect();
    let answers = join_all((0..14).map(|n| senders[n % 2].1.send(THING))).await;
    let accepted = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(accepted, 10, "the limit is one for both");
    let shares = |service: &str, words: &str| -> Vec<usize> {
        let members = all[service].iter();
        members.map(|member| member.program.said().matches(&format!(": {words} ")).count()).collect()
    };
    let all_take_part = async {
        for (service, words) in PARTS {
            until("both take part", true, async || shares(service, words).iter().all(|share| *share > 0))
                .await;
        }
    };
    let (answers, ()) = load_during(async |n| senders[n % 2].0.send(THING).await, all_take_part).await;
    let sent = answers.len();
    let ids: BTreeSet<String> = answers.iter().map(Answer::event_id).collect();
    assert_eq!(ids.len(), sent);
    until("all are delivered", sent + 10, async || receiver.count()).await;
    idle(&fleet.store).await;
    let delivered: Vec<String> =
        receiver.calls().iter().map(|call| call.header("hookstream-event-id").to_owned()).collect();
    assert_eq!(delivered.iter().collect::<BTreeSet<_>>().len(), delivered.len(), "nothing twice");
    assert!(ids.iter().all(|id| delivered.contains(id)));
    for (service, words) in PARTS {
        assert_eq!(shares(service, words).iter().sum::<usize>(), sent + 10, "{service}");
    }
    for metrics in &all["metrics"] {
        for (line, wanted) in [
            (r#"webhook_requests_total{endpoint="in",status="accepted"}"#, sent),
            (r#"webhook_requests_total{endpoint="ten",status="accepted"}"#, 10),
            (r#"webhook_requests_total{endpoint="ten",status="rate_limited"}"#, 4),
            (r#"webhook_events_routed_total{route="all"}"#, sent + 10),
            (r#"webhook_deliveries_total{route="all",outcome="delivered"}"#, sent + 10),
        ] {
            until(line, Some(wanted), async || counted(metrics, line).await).await;
        }
    }
}

/// Two of each.
async fn eight(fleet: &mut Fleet) -> BTreeMap<&'static str, Vec<Member>> {
    let mut all = BTreeMap::new();
    for service in ["ingress", "router", "worker", "metrics"] {
        all.insert(service, vec![fleet.start(service).await, fleet.start(service).await]);
    }
    all
}

/// The number on a line of the Prometheus page; labels may stand in any order.
async fn counted(metrics: &Member, series: &str) -> Option<usize> {
    let page = reqwest::get(format!("{}/metrics", metrics.url())).await.ok()?.text().await.ok()?;
    let parts =
        |series: &str| -> BTreeSet<String> { series.split(['{', '}', ',']).map(str::to_owned).collect() };
    let wanted = parts(series);
    let mut lines = page.lines().filter_map(|line| line.rsplit_once(' '));
    lines.find(|(name, _)| parts(name) == wanted).and_then(|(_, value)| value.parse().ok())
}
