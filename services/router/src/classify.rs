//! Facts → the plans of the routes that match.

use event::{Plan, RawEvent};
use routing::{Facts, Rules};
use serde_json::Value;

/// The plans to carry out, in the order of the configuration. None: no route wants this event.
pub(crate) fn classify<'r>(rules: &'r Rules, event: &RawEvent, body: &Value) -> Vec<&'r Plan> {
    let facts = Facts { source: &event.source, event_type: &event.event_type, body };
    rules.classify(&facts).into_iter().map(|route| &route.plan).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use settings::Settings;

    use super::*;
    use crate::samples::event;

    fn settings() -> Settings {
        let routes = r#"
            [[routes]]
            name = "low"
            event_types = ["invoice.*"]
            priority = "low"
            handler = "log"

            [[routes]]
            name = "large"
            event_types = ["invoice.paid"]
            source_filters = ["stripe"]
            filters = [{ field = "data.total", operator = "greater_than", value = 100 }]
            priority = "critical"
            handler = "log"

            [[routes]]
            name = "off"
            event_types = ["*"]
            enabled = false
            handler = "log"

            [handlers.log]
            type = "log"
        "#;
        settings::parse(routes, "hookstream.toml", &|_| None).unwrap()
    }

    fn routes(kind: &str, body: &Value) -> Vec<String> {
        let settings = settings();
        let plans = classify(&settings.rules, &event(kind, "json", ""), body);
        plans.into_iter().map(|plan| plan.route.clone()).collect()
    }

    #[test]
    fn all_routes_that_match_count_in_the_order_of_the_file_and_not_of_their_priority() {
        assert_eq!(routes("invoice.paid", &json!({ "data": { "total": 101 } })), ["low", "large"]);
        assert_eq!(routes("invoice.paid", &json!({ "data": { "total": 100 } })), ["low"]);
        assert_eq!(routes("invoice.sent", &json!({ "data": { "total": 101 } })), ["low"]);
    }

    #[test]
    fn an_event_that_no_route_wants_has_no_plan_though_a_disabled_one_would_take_it() {
        assert!(routes("charge.failed", &json!({})).is_empty());
    }
}
