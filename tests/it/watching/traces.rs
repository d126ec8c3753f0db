//! M6: one trace over all processes, as a real collector takes it.

use reqwest::Method;
use serde_json::json;
use tests::{ADMIN_TOKEN, Collector, Fleet, Receiver, Span, ask, eventually, until};

#[tokio::test]
async fn m6_one_trace_spans_ingress_router_worker_and_handler() {
    let (receiver, collector) = (Receiver::start().await, Collector::start().await);
    let config = format!(
        "[[endpoints]]\nid = \"in\"\nprovider = \"custom\"\nsecrets = [\"tracing_0123456789\"]\n\
         [[routes]]\nname = \"all\"\nhandler = \"out\"\n\
         [handlers.out]\ntype = \"http\"\nurl = \"{}\"\nallow_private = true\n",
        receiver.url()
    );
    // A quiet log is no reason for holes in the traces.
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url()),
        ("OTEL_BSP_SCHEDULE_DELAY", "200".to_owned()),
        ("LOG_LEVEL", "error".to_owned()),
        ("ADMIN_TOKEN", ADMIN_TOKEN.to_owned()),
    ];
    let mut fleet = Fleet::prepare(&config, &environment).await;
    let ingress = fleet.start("ingress").await;
    let (_router, _worker) = (fleet.start("router").await, fleet.start("worker").await);
    fleet.sender(&ingress, "in").send(r#"{"type":"a"}"#).await.event_id();
    until("it is delivered", 1, async || receiver.count()).await;
    let test = json!({ "endpoint_id": "in", "payload": { "type": "b" } });
    assert_eq!(ask(Method::POST, &format!("{}/admin/test-webhook", ingress.url()), Some(test)).await.0, 200);
    until("the other is delivered", 2, async || receiver.count()).await;
    let mut traces = Vec::new();
    for (call, first) in receiver.calls().iter().zip(["accept", "test_webhook"]) {
        let parts: Vec<&str> = call.header("traceparent").split('-').collect();
        let [version, trace, parent, flags] = parts[..] else { panic!("no traceparent: {call:?}") };
        assert_eq!((version, flags), ("00", "01"));
        let attempt = span(&collector, "attempt", |span| span.id == parent).await;
        let work = span(&collector, "work", |span| span.id == attempt.parent).await;
        let route = span(&collector, "route", |span| span.id == work.parent).await;
        let accept = span(&collector, first, |span| span.id == route.parent).await;
        for (span, service) in
            [(&attempt, "worker"), (&work, "worker"), (&route, "router"), (&accept, "ingress")]
        {
            assert_eq!((span.trace.as_str(), &span.service), (trace, &format!("hookstream-{service}")));
        }
        assert_eq!(accept.parent, "", "it begins here");
        traces.push(trace.to_owned());
    }
    assert_ne!(traces[0], traces[1], "each event has its own");
}

async fn span(collector: &Collector, name: &str, wanted: impl Fn(&Span) -> bool) -> Span {
    eventually(&format!("the span {name}"), async || {
        collector.spans().into_iter().find(|span| span.name == name && wanted(span))
    })
    .await
}
