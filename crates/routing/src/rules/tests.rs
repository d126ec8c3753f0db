use std::time::Duration;

use event::{Plan, Priority};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{Filter, Operator, Pattern};

fn route(name: &str, types: &[&str], sources: &[&str], filters: Vec<Filter>) -> Route {
    let patterns = |texts: &[&str]| texts.iter().map(|text| Pattern::new(*text).unwrap()).collect();
    Route {
        name: name.to_owned(),
        event_types: patterns(types),
        source_filters: patterns(sources),
        filters,
        enabled: true,
        plan: Plan {
            route: name.to_owned(),
            handler: format!("{name}-handler"),
            priority: Priority::High,
            retry_count: 3,
            timeout: Duration::from_secs(10),
            retry_on: Vec::new(),
        },
    }
}

fn filter(field: &str, operator: Operator, value: Value, description: &str) -> Filter {
    Filter::new(field, operator, Some(value), Some(description.to_owned())).unwrap()
}

/// The seed's own routes, and some that must not match.
fn rules() -> Rules {
    let large = || filter("amount", Operator::GreaterThan, json!(1000), "High value payments");
    let dollars = || filter("currency", Operator::Equals, json!("USD"), "USD transactions only");
    let types = ["payment.succeeded", "payment.failed"];
    let mut disabled = route("disabled", &[], &[], vec![]);
    disabled.enabled = false;
    Rules::new(vec![
        route("payment_processor", &types, &["stripe", "paypal"], vec![large(), dollars()]),
        disabled,
        route("everything", &[], &[], vec![]),
        route("github", &["*"], &["git*"], vec![large()]),
    ])
}

fn names(rules: &Rules, facts: &Facts<'_>) -> Vec<String> {
    rules.classify(facts).iter().map(|route| route.name.clone()).collect()
}

#[test]
fn a_route_wants_its_types_from_its_sources_if_every_filter_passes() {
    let rules = rules();
    let rich = json!({"amount": 1500, "currency": "USD"});
    let poor = json!({"amount": 10, "currency": "USD"});
    for (source, event_type, body, expected) in [
        ("stripe", "payment.succeeded", &rich, vec!["payment_processor", "everything"]),
        ("paypal", "payment.failed", &rich, vec!["payment_processor", "everything"]),
        ("stripe", "payment.succeeded", &poor, vec!["everything"]),
        ("stripe", "payment.refunded", &rich, vec!["everything"]),
        ("slack", "payment.succeeded", &rich, vec!["everything"]),
        ("github", "", &rich, vec!["everything", "github"]),
    ] {
        let facts = Facts { source, event_type, body };
        assert_eq!(names(&rules, &facts), expected, "{source} {event_type} {body}");
    }
}

#[test]
fn an_explanation_is_the_contracts_json_and_a_sentence() {
    let body = json!({"amount": 500});
    let facts = Facts { source: "slack", event_type: "payment.succeeded", body: &body };
    let explained = rules().explain(&facts);
    assert_eq!(
        serde_json::to_value(&explained[0]).unwrap(),
        json!({
            "route": "payment_processor", "matched": false, "priority": "high",
            "handler": "payment_processor-handler",
            "filters": [
                {"field": "amount", "operator": "greater_than", "wanted": 1000, "found": 500, "present": true,
                 "passed": false, "description": "High value payments",
                 "why": "`amount` is 500, which is not greater than 1000"},
                {"field": "currency", "operator": "equals", "wanted": "USD", "found": null, "present": false,
                 "passed": false, "description": "USD transactions only",
                 "why": "the event has no field `currency`"},
            ],
            "enabled": true, "type_matched": true, "source_matched": false,
            "why": "the source `slack` is not among source_filters (stripe, paypal); \
                    `amount` is 500, which is not greater than 1000; the event has no field `currency`",
        })
    );
    assert_eq!(explained[1].why.as_deref(), Some("the route is not enabled"));
    assert_eq!((explained[2].matched, &explained[2].why), (true, &None));
}

#[test]
fn an_event_without_a_type_is_told_so() {
    let rules = Rules::new(vec![route("typed", &["a", "b.*"], &[], vec![])]);
    let facts = Facts { source: "s", event_type: "", body: &json!({}) };
    let why = rules.explain(&facts)[0].why.clone().unwrap();
    assert_eq!(why, "the event has no event type, but the route's event_types are a, b.*");
}

#[test]
fn a_text_too_long_for_a_regular_expression_is_told_so() {
    let long = filter("a", Operator::Regex, json!("x"), "");
    let rules = Rules::new(vec![route("long", &[], &[], vec![long])]);
    let facts = Facts { source: "s", event_type: "t", body: &json!({"a": "x".repeat(70_000)}) };
    let why = rules.explain(&facts)[0].why.clone().unwrap();
    assert_eq!(why, "`a` has 70000 bytes; regular expressions are tried on at most 65536");
}

proptest! {
    #[test]
    fn explain_agrees_with_classify(
        source in prop::sample::select(vec!["stripe", "github", "git", "slack"]),
        event_type in prop::sample::select(vec!["payment.succeeded", "payment.failed", "push", ""]),
        amount in prop::option::of(900i64..1100), currency in prop::option::of(prop::sample::select(vec!["USD", "EUR"])),
    ) {
        let body = json!({"amount": amount, "currency": currency});
        let facts = Facts { source, event_type, body: &body };
        let rules = rules();
        let explained = rules.explain(&facts);
        let matched: Vec<_> = explained.iter().filter(|e| e.matched).map(|e| e.route.clone()).collect();
        prop_assert_eq!(names(&rules, &facts), matched);
        for explanation in explained {
            prop_assert_eq!(explanation.matched, explanation.why.is_none());
        }
    }
}
