//! Facts → the plans of the routes that match.

use event::{Plan, RawEvent};
use routing::{Facts, Rules};
use serde_json::Value;

/// The plans to carry out, in the order of the configuration. None: no route wants this event.
pub(crate) fn classify<'r>(rules: &'r Rules, event: &RawEvent, body: &Value) -> Vec<&'r Plan> {
    let facts = Facts { source: &event.source, event_type: &event.event_type, body };
    rules.classify(&facts).into_iter().map(|route| &route.plan).collect()
}
