//! `hookstream route`.

use serde_json::json;

use crate::support::Place;

/// Names a secret that is not set here: trying an event needs none.
const CONFIGURATION: &str = r#"
[[endpoints]]
id = "payments"
provider = "stripe"
secrets = ["${STRIPE_WEBHOOK_SECRET_THAT_IS_NOT_SET}"]
[[endpoints]]
id = "orders"
provider = "custom"
source = "shop"
event_format = "xml"
event_type_field = "order.type"
secrets = ["s"]
[handlers.console]
type = "log"
[[routes]]
name = "large"
event_types = ["payment_intent.succeeded", "invoice.*"]
source_filters = ["stripe"]
filters = [
  { field = "data.object.status", operator = "equals", value = "succeeded" },
  { field = "data.object.amount", operator = "greater_than", value = 1000, description = "High value" },
]
priority = "high"
handler = "console"
[[routes]]
name = "shop"
source_filters = ["shop"]
handler = "console"
[[routes]]
name = "off"
enabled = false
handler = "console"
"#;

fn place() -> Place {
    let place = Place::new();
    place.write("hookstream.toml", CONFIGURATION);
    let small =
        json!({ "type": "invoice.paid", "data": { "object": { "status": "succeeded", "amount": 20 } } });
    let large =
        json!({ "type": "invoice.paid", "data": { "object": { "status": "succeeded", "amount": 2000 } } });
    place.write("small.json", small.to_string());
    place.write("large.json", large.to_string());
    place.write("order.xml", "<order><type>order.created</type></order>");
    place
}

#[tokio::test]
async fn each_route_is_an_object_with_each_filter_found_and_wanted() {
    let said = place().run(&["route", "test", "small.json", "--source", "stripe", "--json"]).await.ended(1);
    let routes = said.json();
    assert_eq!(routes.len(), 3);
    for name in ["route", "matched", "priority", "handler", "filters"] {
        assert!(routes[0].get(name).is_some(), "{name} of {}", routes[0]);
    }
    assert_eq!(routes[0]["matched"], false);
    assert_eq!(routes[0]["priority"], "high");
    let amount = &routes[0]["filters"][1];
    assert_eq!(amount["field"], "data.object.amount");
    assert_eq!(amount["operator"], "greater_than");
    assert_eq!(
        (&amount["wanted"], &amount["found"], &amount["passed"]),
        (&json!(1000), &json!(20), &json!(false))
    );
    assert_eq!(routes[0]["filters"][0]["passed"], true);
}

#[tokio::test]
async fn a_person_reads_why_in_plain_words() {
    let place = place();
    let said = place.run(&["route", "test", "small.json", "--source", "stripe"]).await.ended(1);
    assert!(said.out.contains("not matched large → console (high)"), "{}", said.out);
    assert!(
        said.out.contains("    pass event type payment_intent.succeeded, invoice.*: found invoice.paid"),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("    fail data.object.amount greater_than 1000: found 20 (High value)"),
        "{}",
        said.out
    );
    assert!(said.out.contains("    fail source shop: found stripe"), "{}", said.out);
    assert!(said.out.contains("    fail enabled true: found false"), "{}", said.out);
    assert!(!said.out.contains(['✓', '✗', '\x1b']), "this is no terminal");
    let said = place.run(&["route", "test", "large.json", "--source", "stripe"]).await.ended(0);
    assert!(said.out.contains("matched     large"), "{}", said.out);
    assert!(said.out.ends_with("1 of 3 routes matched\n"), "{}", said.out);
}

#[tokio::test]
async fn format_and_type_are_the_sources_unless_given() {
    let place = place();
    let said = place.run(&["route", "test", "order.xml", "--source", "shop"]).await.ended(0);
    assert!(said.out.starts_with("Event type order.created, source shop\n"), "{}", said.out);
    let typed = ["route", "test", "large.json", "--source", "stripe", "--event-type", "other"];
    place.run(&typed).await.ended(1);
    let as_form = ["route", "test", "large.json", "--source", "shop", "--format", "form"];
    place.run(&as_form).await.ended(0);
    let as_xml =
        place.run(&["route", "test", "large.json", "--source", "stripe", "--format", "xml"]).await.ended(2);
    assert!(as_xml.err.contains("not valid XML"), "{}", as_xml.err);
    let unknown = place.run(&["route", "test", "large.json", "--source", "strip"]).await.ended(1);
    assert!(
        unknown.err.contains("no endpoint has the source `strip`; there are shop, stripe"),
        "{}",
        unknown.err
    );
}

#[tokio::test]
async fn routes_are_listed() {
    let place = place();
    let said = place.run(&["route", "list"]).await.ended(0);
    assert_eq!(said.out.lines().count(), 4);
    assert!(said.out.contains("payment_intent.succeeded, invoice.*"), "{}", said.out);
    let routes = place.run(&["route", "list", "--json"]).await.ended(0).json();
    assert_eq!(routes[0]["name"], "large");
    assert_eq!(routes[0]["filters"][1]["description"], "High value");
    assert_eq!(routes[2]["enabled"], false);
}
