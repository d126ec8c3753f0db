//! T2: each operator on a nested field, by real events and by a try, which agree.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{Gateway, Receiver, idle};

use super::{config, post, route};

/// An operator, its value in TOML, what passes and what does not. `null` stands for a field that is not there.
struct Case {
    operator: &'static str,
    value: &'static str,
    passes: Vec<Value>,
    fails: Vec<Value>,
}

fn case(operator: &'static str, value: &'static str, passes: Value, fails: Value) -> Case {
    let list = |values: Value| values.as_array().expect("a list").clone();
    Case { operator, value, passes: list(passes), fails: list(fails) }
}

fn cases() -> [Case; 10] {
    [
        case("equals", r#""succeeded""#, json!(["succeeded"]), json!(["Succeeded", "succeeded ", 1, null])),
        case("contains", r#""INVOICE""#, json!(["An invoice", "PreInvoiced"]), json!(["receipt", "", null])),
        case(
            "regex",
            r#""^cus_[0-9]+$""#,
            json!(["cus_42"]),
            json!(["cus_", "xcus_42", "cus_4x", "CUS_42", null]),
        ),
        case("in", r#"["usd", "eur"]"#, json!(["eur", "usd"]), json!(["gbp", "us", ["usd"], null])),
        case("not_in", r#"["usd", "eur"]"#, json!(["gbp", "USD", null]), json!(["usd", "eur"])),
        case("range", "[10, 20]", json!([10, 15.5, 20, "15.5"]), json!([9.99, 20.01, "many", " 15 ", null])),
        case("greater_than", "1000", json!([1000.5, 1001]), json!([1000, 999, "x", null])),
        case("less_than", "1000", json!([999.5, -1]), json!([1000, 1001, "x", null])),
        case("exists", "", json!(["", 0, false, { "a": 1 }]), json!([null])),
        case("not_exists", "", json!([null]), json!(["", 0, false, { "a": 1 }])),
    ]
}

/// A route that wants one type only: its operator's name.
fn filtered(case: &Case) -> String {
    let value = if case.value.is_empty() { String::new() } else { format!(", value = {}", case.value) };
    let operator = case.operator;
    let filter = format!(
        "{{ field = \"data.object.it\", operator = \"{operator}\"{value}, description = \"What {operator} says\" }}"
    );
    route(operator, &format!("event_types = [\"{operator}\"]\nfilters = [{filter}]"))
}

fn event(kind: &str, value: &Value) -> Value {
    let object = if value.is_null() { json!({ "other": 1 }) } else { json!({ "it": value }) };
    json!({ "type": kind, "data": { "object": object } })
}

#[tokio::test]
async fn t2_each_of_the_ten_operators_lets_through_what_it_should_and_nothing_else() {
    let receiver = Receiver::start().await;
    let cases = cases();
    let routes: String = cases.iter().map(filtered).collect();
    let gateway = Gateway::start(&config(&receiver, "", &routes)).await;
    let sender = gateway.sender("in");
    let mut wanted = BTreeSet::new();
    for case in &cases {
        for value in &case.passes {
            let body = event(case.operator, value).to_string();
            sender.send(&body).await.event_id();
            wanted.insert((case.operator.to_owned(), body));
        }
        for value in &case.fails {
            sender.send(&event(case.operator, value).to_string()).await.event_id();
        }
    }
    idle(&gateway.store).await;
    let calls = receiver.calls();
    let found: BTreeSet<_> =
        calls.iter().map(|call| (call.header("hookstream-route").to_owned(), call.text())).collect();
    let (missing, wrong) = (wanted.difference(&found), found.difference(&wanted));
    let (missing, wrong): (Vec<_>, Vec<_>) = (missing.collect(), wrong.collect());
    assert!(missing.is_empty() && wrong.is_empty(), "not let through: {missing:?}\nlet through: {wrong:?}");
    assert_eq!(calls.len(), wanted.len(), "each once");
}

#[tokio::test]
async fn t2_a_try_says_of_each_operator_what_was_found_and_wanted_and_what_the_filter_is_for() {
    let receiver = Receiver::start().await;
    let cases = cases();
    let gateway =
        Gateway::start(&config(&receiver, "", &cases.iter().map(filtered).collect::<String>())).await;
    for (number, case) in cases.iter().enumerate() {
        let operator = case.operator;
        let all = case.passes.iter().map(|value| (value, true));
        for (value, passes) in all.chain(case.fails.iter().map(|value| (value, false))) {
            let body = event(operator, value);
            let test = json!({ "source": "custom", "event_type": operator, "event": body });
            let said = post(&gateway, "/admin/routes/test", test).await;
            let route = &said["routes"][number];
            assert_eq!(
                (&route["route"], &route["matched"]),
                (&json!(operator), &json!(passes)),
                "{value}: {route}"
            );
            assert_eq!(said["matched"], u8::from(passes), "no other route wants it");
            let filter = &route["filters"][0];
            assert_eq!((&filter["passed"], &filter["found"]), (&json!(passes), value), "{filter}");
            assert_eq!(filter["field"], "data.object.it");
            assert_eq!(filter["operator"], operator);
            assert_eq!(filter["description"], format!("What {operator} says"));
            assert_eq!(filter["wanted"].is_null(), case.value.is_empty(), "{filter}");
            let why = filter["why"].as_str().unwrap_or_default();
            assert_eq!(why.contains("`data.object.it`"), !passes, "{filter}");
        }
    }
}
