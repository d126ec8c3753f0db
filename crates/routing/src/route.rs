//! One route.

use event::Plan;
use serde_json::{Value, json};

use crate::{Explanation, Facts, Filter, Pattern};

/// Which events go to a handler, and how they are to be delivered.
#[derive(Debug, Clone)]
pub struct Route {
    pub name: String,
    /// Any of them; none means every type.
    pub event_types: Vec<Pattern>,
    /// Any of them; none means every source.
    pub source_filters: Vec<Pattern>,
    /// All of them.
    pub filters: Vec<Filter>,
    /// A route that is not enabled matches nothing.
    pub enabled: bool,
    pub plan: Plan,
}

// === impl Route ===

impl Route {
    /// The route as operators are shown it; handlers' secrets are not part of it.
    pub fn to_json(&self) -> Value {
        let names =
            |patterns: &[Pattern]| patterns.iter().map(Pattern::as_str).map(Value::from).collect::<Vec<_>>();
        json!({
            "name": self.name,
            "enabled": self.enabled,
            "event_types": names(&self.event_types),
            "source_filters": names(&self.source_filters),
            "filters": self.filters.iter().map(Filter::to_json).collect::<Vec<_>>(),
            "handler": self.plan.handler,
            "priority": self.plan.priority,
            "retry_count": self.plan.retry_count,
            "timeout": self.plan.timeout.as_secs_f64(),
            "retry_on": self.plan.retry_on,
        })
    }

    /// Does this route want the event?
    pub fn matches(&self, facts: &Facts<'_>) -> bool {
        self.enabled
            && self.wants_type(facts.event_type)
            && self.wants_source(facts.source)
            && self.filters.iter().all(|filter| filter.passes(facts.body))
    }

    /// Why it does, or does not.
    pub fn explain(&self, facts: &Facts<'_>) -> Explanation {
        Explanation::of(self, facts)
    }

    pub(crate) fn wants_type(&self, event_type: &str) -> bool {
        any(&self.event_types, event_type)
    }

    pub(crate) fn wants_source(&self, source: &str) -> bool {
        any(&self.source_filters, source)
    }
}

fn any(patterns: &[Pattern], text: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(text))
}
