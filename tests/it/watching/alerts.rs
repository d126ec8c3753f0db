//! M3: alerts, ours and those of Prometheus.

use serde_json::{Value, json};
use tests::{Gateway, Prometheus, Receiver, eventually, until};

use super::{THING, config, send_badly};

#[tokio::test]
async fn m3_alerts_on_failures_signatures_and_limits_fire_and_are_resolved_at_a_webhook_and_in_the_log() {
    let receiver = Receiver::start().await;
    let ear = Receiver::start().await;
    let metrics = [("failure_rate", 40), ("signature_failures", 3), ("rate_limit_hits", 3)];
    let alerts = metrics.map(|(metric, threshold)| {
        let url = ear.url();
        format!("[[alerts]]\nname = \"too many {metric}\"\nmetric = \"{metric}\"\nthreshold = {threshold}\nwindow = 3\nurl = \"{url}\"\n")
    });
    let gateway = Gateway::start(&config(&receiver, &alerts.concat())).await;
    let (sender, few) = (gateway.sender("in"), gateway.sender("few"));
    let told = || -> Vec<Value> {
        ear.calls().iter().map(|call| serde_json::from_slice(&call.body).expect("JSON")).collect()
    };
    let of = |metric: &str, state: &str| {
        told().into_iter().find(|notice| notice["metric"] == metric && notice["state"] == state)
    };
    eventually("all three fire", async || {
        few.send(THING).await;
        send_badly(&sender).await;
        sender.send(THING).await.event_id();
        metrics.iter().all(|(metric, _)| of(metric, "firing").is_some()).then_some(())
    })
    .await;
    // No more requests: what is refused falls out of the window.
    eventually("all three are resolved", async || {
        metrics.iter().all(|(metric, _)| of(metric, "resolved").is_some()).then_some(())
    })
    .await;
    for (metric, threshold) in metrics {
        let firing = of(metric, "firing").expect("seen above");
        assert_eq!(firing["alert"], format!("too many {metric}"));
        assert_eq!(
            (&firing["threshold"], &firing["window_seconds"]),
            (&json!(f64::from(threshold)), &json!(3.0))
        );
        assert!(firing["value"].as_f64().is_some_and(|value| value >= f64::from(threshold)), "{firing}");
        let resolved = of(metric, "resolved").expect("seen above");
        assert!(resolved["value"].as_f64().is_some_and(|value| value < f64::from(threshold)), "{resolved}");
        let states = told()
            .into_iter()
            .filter(|notice| notice["metric"] == metric)
            .map(|notice| notice["state"].clone());
        assert_eq!(states.collect::<Vec<_>>(), ["firing", "resolved"]);
        for words in ["an alert is firing", "an alert is resolved"] {
            let log = gateway.program.said();
            let line = log.lines().find(|line| line.contains(words) && line.contains(metric));
            assert!(line.is_some_and(|line| line.contains(&format!("too many {metric}"))), "{words}: {log}");
        }
    }
}

#[tokio::test]
async fn m3_the_rules_for_prometheus_fire_at_the_first_dead_letter() {
    let receiver = Receiver::start().await;
    let gateway = Gateway::start(&config(&receiver, "")).await;
    let prometheus = Prometheus::start(gateway.metrics_port).await;
    let dead = r#"webhook_dead_letters_total{route="all",reason="gone"}"#;
    until("Prometheus has seen that there is none", Some(0.0), async || prometheus.number(dead).await).await;
    receiver.answer_always(410);
    gateway.sender("in").send(THING).await.event_id();
    let alert = r#"ALERTS{alertname="HookstreamDeadLetters",alertstate="firing",route="all",reason="gone"}"#;
    until("the alert fires", Some(1.0), async || prometheus.number(alert).await).await;
    assert_eq!(prometheus.query("ALERTS").await.len(), 1, "and no other");
}
