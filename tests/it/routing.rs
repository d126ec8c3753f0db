//! T: which handler gets an event, when, and what becomes of it if it fails.

mod operators;
mod priorities;
mod retrying;
mod dead_letters;
mod lives;
mod handlers;

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Gateway, Receiver, ask, idle};

/// An endpoint `in`, these routes, and a handler `out` that posts to the receiver.
fn config(receiver: &Receiver, worker: &str, routes: &str) -> String {
    format!(
        r#"
[worker]
{worker}

[rate_limit]
requests_per_minute = 0

[[endpoints]]
id = "in"
provider = "custom"
secrets = ["routing_secret_0123456789"]

{routes}

[handlers.out]
type = "http"
url = "{}"
allow_private = true
"#,
        receiver.url()
    )
}

/// A route to `out`.
fn route(name: &str, more: &str) -> String {
    format!("[[routes]]\nname = \"{name}\"\nhandler = \"out\"\n{more}\n\n")
}

async fn get(gateway: &Gateway, path: &str) -> Value {
    let (status, page) = ask(Method::GET, &format!("{}{path}", gateway.url()), None).await;
    assert_eq!(status, 200, "{page}");
    page
}

async fn post(gateway: &Gateway, path: &str, body: Value) -> Value {
    let (status, page) = ask(Method::POST, &format!("{}{path}", gateway.url()), Some(body)).await;
    assert_eq!(status, 200, "{page}");
    page
}

const ROUTES: [(&str, &str); 7] = [
    ("exact", r#"event_types = ["order.paid"]"#),
    ("stars", r#"event_types = ["order.*", "*.failed"]"#),
    ("shop", r#"source_filters = ["shop"]"#),
    ("sources", r#"source_filters = ["sh*p", "elsewhere"]"#),
    ("both", "event_types = [\"order.paid\"]\nsource_filters = [\"custom\"]"),
    ("all", ""),
    ("off", "enabled = false"),
];

#[tokio::test]
async fn t1_an_event_goes_to_every_enabled_route_whose_types_and_sources_fit() {
    let receiver = Receiver::start().await;
    let routes: String = ROUTES.map(|(name, more)| route(name, more)).concat();
    let shop = "[[endpoints]]\nid = \"shop\"\nprovider = \"custom\"\nsource = \"shop\"\nsecrets = [\"shop_secret_0123456789\"]\n";
    let gateway = Gateway::start(&config(&receiver, "", &(routes + shop))).await;
    let mut wanted = BTreeMap::new();
    for (endpoint, kind, routes) in [
        ("in", "order.paid", &["exact", "stars", "both", "all"][..]),
        ("in", "order.refund.failed", &["stars", "all"]),
        ("in", "payment.failed", &["stars", "all"]),
        ("in", "Order.paid", &["all"]),
        ("in", "order", &["all"]),
        ("shop", "order.paid", &["exact", "stars", "shop", "sources", "all"]),
        ("shop", "thing", &["shop", "sources", "all"]),
    ] {
        let id = gateway.sender(endpoint).send(&json!({ "type": kind }).to_string()).await.event_id();
        wanted.insert(id, routes.iter().map(ToString::to_string).collect::<BTreeSet<_>>());
    }
    idle(&gateway.store).await;
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for call in receiver.calls() {
        let routes = found.entry(call.header("hookstream-event-id").to_owned()).or_default();
        assert!(routes.insert(call.header("hookstream-route").to_owned()), "delivered twice: {call:?}");
    }
    assert_eq!(found, wanted);
}

#[tokio::test]
async fn t8_routes_are_listed_as_they_are_configured() {
    let receiver = Receiver::start().await;
    let whole = "event_types = [\"a.*\"]\nsource_filters = [\"custom\"]\npriority = \"critical\"\nretry_count = 7\n\
                 timeout = 2.5\nretry_on = [404]\nenabled = false\n\
                 filters = [{ field = \"x.y\", operator = \"range\", value = [1, 2], description = \"Small\" }]";
    let gateway =
        Gateway::start(&config(&receiver, "", &(route("whole", whole) + &route("plain", "")))).await;
    let routes = get(&gateway, "/admin/routes").await["routes"].clone();
    let filter = json!({ "field": "x.y", "operator": "range", "value": [1, 2], "description": "Small" });
    let whole = json!({
        "name": "whole", "enabled": false, "event_types": ["a.*"], "source_filters": ["custom"],
        "filters": [filter], "handler": "out", "priority": "critical", "retry_count": 7, "timeout": 2.5,
        "retry_on": [404],
    });
    let plain = json!({
        "name": "plain", "enabled": true, "event_types": [], "source_filters": [], "filters": [],
        "handler": "out", "priority": "normal", "retry_count": 3, "timeout": 10.0, "retry_on": [],
    });
    assert_eq!(routes, json!([whole, plain]));
}

#[tokio::test]
async fn t8_an_event_is_tried_without_running_it_or_run_and_its_results_waited_for() {
    let receiver = Receiver::start().await;
    let routes = [
        route("good", r#"event_types = ["thing.*"]"#),
        route("bad", "retry_count = 1").replace("\"out\"", "\"closed\""),
        route("other", r#"source_filters = ["elsewhere"]"#),
        "[handlers.closed]\ntype = \"http\"\nurl = \"http://127.0.0.1:9/\"\nallow_private = true\n"
            .to_owned(),
    ];
    let gateway = Gateway::start(&config(&receiver, "backoff_base = 0.05", &routes.concat())).await;
    let test = json!({ "source": "custom", "event_type": "thing.made", "event": { "n": 1 } });
    let tried = post(&gateway, "/admin/routes/test", test.clone()).await;
    assert_eq!(tried["matched"], 2);
    assert_eq!(
        (&tried["routes"][0]["matched"], &tried["routes"][2]["matched"]),
        (&json!(true), &json!(false))
    );
    let why = tried["routes"][2]["why"].as_str().expect("a reason");
    assert!(why.contains("`custom`") && why.contains("elsewhere"), "{why}");
    assert!(tried["results"].is_null() && tried["event_id"].is_null(), "{tried}");
    idle(&gateway.store).await;
    assert_eq!(receiver.count(), 0, "nothing was delivered");
    assert!(gateway.store.newest_dead_letters(1).await.expect("Redis answers").is_empty());

    let mut run = test;
    run["run"] = json!(true);
    let ran = post(&gateway, "/admin/routes/test", run).await;
    assert_eq!(ran["finished"], true, "{ran}");
    let result = |route: &str| {
        let results = ran["results"].as_array().expect("results");
        results.iter().find(|result| result["route"] == route).expect("the route has a result").clone()
    };
    let good = result("good");
    assert_eq!((&good["outcome"], &good["status"]), (&json!("delivered"), &json!(200)));
    assert_eq!((&good["attempts"], &good["handler"]), (&json!(1), &json!("out")));
    let bad = result("bad");
    assert_eq!((&bad["outcome"], &bad["attempts"]), (&json!("dead"), &json!(2)));
    assert_eq!(bad["reason"], "exhausted");
    assert!(bad["error"].as_str().is_some_and(|error| !error.is_empty()), "{bad}");
    assert_eq!(receiver.count(), 1);
    assert_eq!(receiver.calls()[0].header("hookstream-event-id"), ran["event_id"].as_str().expect("an id"));
    assert_eq!(receiver.calls()[0].text(), r#"{"n":1}"#);
}
