//! Why a route matched or did not.

use event::Priority;
use serde::Serialize;
use serde_json::Value;

use crate::search::HAYSTACK;
use crate::{Facts, Filter, Operator, Pattern, Route};

/// What one route says of one event: the contract's line of `route test`, and somewhat more.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    pub route: String,
    pub matched: bool,
    pub priority: Priority,
    pub handler: String,
    pub filters: Vec<FilterResult>,
    pub enabled: bool,
    pub type_matched: bool,
    pub source_matched: bool,
    /// Why it did not match, for a person; `None` if it did.
    pub why: Option<String>,
}

/// What one filter says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FilterResult {
    pub field: String,
    pub operator: Operator,
    /// The filter's value; `None` for `exists` and `not_exists`.
    pub wanted: Option<Value>,
    /// The event's value; `None` if it has no such field (or if it is null: see `present`).
    pub found: Option<Value>,
    pub present: bool,
    pub passed: bool,
    pub description: Option<String>,
    /// Why it did not pass, for a person; `None` if it did.
    pub why: Option<String>,
}

// === impl Explanation ===

impl Explanation {
    pub(crate) fn of(route: &Route, facts: &Facts<'_>) -> Self {
        let mut explanation = Self {
            route: route.name.clone(),
            matched: false,
            priority: route.plan.priority,
            handler: route.plan.handler.clone(),
            filters: route.filters.iter().map(|filter| FilterResult::of(filter, facts.body)).collect(),
            enabled: route.enabled,
            type_matched: route.wants_type(facts.event_type),
            source_matched: route.wants_source(facts.source),
            why: None,
        };
        let reasons = explanation.reasons(route, facts);
        explanation.matched = reasons.is_empty();
        explanation.why = (!explanation.matched).then(|| reasons.join("; "));
        explanation
    }

    fn reasons(&self, route: &Route, facts: &Facts<'_>) -> Vec<String> {
        let mut reasons = Vec::new();
        if !self.enabled {
            reasons.push("the route is not enabled".to_owned());
        }
        if !self.type_matched {
            reasons.push(mismatch("event type", facts.event_type, "event_types", &route.event_types));
        }
        if !self.source_matched {
            reasons.push(mismatch("source", facts.source, "source_filters", &route.source_filters));
        }
        reasons.extend(self.filters.iter().filter_map(|filter| filter.why.clone()));
        reasons
    }
}

fn mismatch(what: &str, found: &str, list: &str, patterns: &[Pattern]) -> String {
    let patterns = patterns.iter().map(Pattern::as_str).collect::<Vec<_>>().join(", ");
    if found.is_empty() {
        format!("the event has no {what}, but the route's {list} are {patterns}")
    } else {
        format!("the {what} `{found}` is not among {list} ({patterns})")
    }
}

// === impl FilterResult ===

impl FilterResult {
    fn of(filter: &Filter, body: &Value) -> Self {
        let found = filter.find(body);
        let passed = filter.passes(body);
        Self {
            field: filter.field().to_owned(),
            operator: filter.operator(),
            wanted: filter.value().cloned(),
            found: found.cloned(),
            present: found.is_some(),
            passed,
            description: filter.description().map(str::to_owned),
            why: (!passed).then(|| why(filter, found)),
        }
    }
}

/// Only of a filter that did not pass.
fn why(filter: &Filter, found: Option<&Value>) -> String {
    let field = filter.field();
    let Some(found) = found else { return format!("the event has no field `{field}`") };
    let is = short(found);
    let wanted = filter.value().map(short).unwrap_or_default();
    match filter.operator() {
        Operator::Regex if found.as_str().is_some_and(|text| text.len() > HAYSTACK) => {
            let length = found.as_str().map_or(0, str::len);
            format!("`{field}` has {length} bytes; regular expressions are tried on at most {HAYSTACK}")
        }
        Operator::Equals => format!("`{field}` is {is}, not {wanted}"),
        Operator::Contains => format!("`{field}` is {is}, which does not contain {wanted}"),
        Operator::Regex => format!("`{field}` is {is}, which does not match {wanted}"),
        Operator::In => format!("`{field}` is {is}, which is not in {wanted}"),
        Operator::NotIn => format!("`{field}` is {is}, which is in {wanted}"),
        Operator::Range => format!("`{field}` is {is}, which is not within {wanted}"),
        Operator::GreaterThan => format!("`{field}` is {is}, which is not greater than {wanted}"),
        Operator::LessThan => format!("`{field}` is {is}, which is not less than {wanted}"),
        Operator::Exists | Operator::NotExists => format!("the event has a field `{field}`: {is}"),
    }
}

/// A value as JSON, cut where it is long.
fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(100) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
