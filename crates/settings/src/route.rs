//! `[[routes]]`: which events go to which handler, and how.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use event::{Plan, Priority};
use routing::{Filter, FilterError, Operator, Pattern, Route, Rules};

use crate::handler::Handler;
use crate::nearest::nearest;
use crate::section::{At, Section};
use crate::shape::{Key, Kind, Shape};
use crate::value;

pub(crate) static ROUTE: Shape = Shape {
    title: "a route",
    about: "Which events go to which handler, and how. An event goes to every route that it matches.",
    keys: &[
        Key::new("name", Kind::Text, "What the route is called; shown in metrics and dead letters.")
            .required(),
        Key::new(
            "event_types",
            Kind::List(&Kind::Text),
            "Types that match, all if empty; `*` stands for any characters, as in `invoice.*`.",
        )
        .default("[]"),
        Key::new(
            "source_filters",
            Kind::List(&Kind::Text),
            "Sources (an endpoint's `source`, or else its `provider`) that match, all if empty.",
        )
        .default("[]"),
        Key::new(
            "filters",
            Kind::List(&Kind::Table(&FILTER)),
            "Conditions on the body, all of which must hold.",
        ),
        Key::new("handler", Kind::Text, "The handler, by its name under `[handlers]`.").required(),
        Key::new(
            "priority",
            Kind::OneOf(&["critical", "high", "normal", "low"]),
            "Jobs of a higher priority are delivered first.",
        )
        .default("\"normal\""),
        Key::new("retry_count", Kind::Whole { min: 0, max: 100 }, "Attempts after the first.").default("3"),
        Key::new(
            "retry_on",
            Kind::List(&STATUS),
            "HTTP statuses to try again though they usually are not, such as 404.",
        )
        .default("[]"),
        Key::new("timeout", Kind::SECONDS, "Seconds of one handler call; the handler's own if absent."),
        Key::new("enabled", Kind::Flag, "A disabled route matches nothing.").default("true"),
    ],
};

const STATUS: Kind = Kind::Whole { min: 300, max: 599 };

pub(crate) static FILTER: Shape = Shape {
    title: "a filter",
    about: "A condition on one field of the body.",
    keys: &[
        Key::new("field", Kind::Text, "Dotted path in the body: `data.object.status`, `items.0.id`.")
            .required(),
        Key::new(
            "operator",
            Kind::OneOf(&[
                "equals",
                "contains",
                "regex",
                "in",
                "not_in",
                "range",
                "greater_than",
                "less_than",
                "exists",
                "not_exists",
            ]),
            "How to compare.",
        )
        .required(),
        Key::new(
            "value",
            Kind::Anything,
            "What to compare with: a list for `in` and `not_in`, `[low, high]` for `range`, a number for \
             `greater_than` and `less_than`, nothing for `exists` and `not_exists`.",
        ),
        Key::new("description", Kind::Text, "What the condition is for; shown by `hookstream route test`."),
    ],
};

/// What routes may name: the handlers that could be read, and the names of all.
pub(crate) struct Handlers<'a> {
    pub(crate) read: &'a BTreeMap<String, Handler>,
    pub(crate) names: &'a [String],
}

pub(crate) fn read(whole: &Section<'_>, handlers: &Handlers<'_>) -> Rules {
    let sections = whole.tables("routes", &ROUTE);
    let mut names = BTreeSet::new();
    for name in sections.iter().filter_map(|section| section.text_at("name")) {
        if name.value.is_empty() || name.value.len() > 128 {
            whole.report.mistake(&name.span, "a route's name must have 1 to 128 bytes");
        } else if !names.insert(name.value.clone()) {
            whole.report.mistake(&name.span, format!("there is already a route `{}`", name.value));
        }
    }
    Rules::new(sections.iter().filter_map(|section| route(section, handlers)).collect())
}

fn route(section: &Section<'_>, handlers: &Handlers<'_>) -> Option<Route> {
    let event_types = patterns(section, "event_types");
    let source_filters = patterns(section, "source_filters");
    let filters = section.tables("filters", &FILTER).iter().filter_map(filter).collect();
    let plan = plan(section, handlers)?;
    Some(Route {
        name: plan.route.clone(),
        event_types,
        source_filters,
        filters,
        enabled: section.flag("enabled"),
        plan,
    })
}

fn plan(section: &Section<'_>, handlers: &Handlers<'_>) -> Option<Plan> {
    let handler = section.text_at("handler")?;
    check_handler(section, handlers, &handler);
    let priority = section.text("priority")?;
    let own = section.has("timeout").then(|| section.seconds("timeout"));
    let otherwise = handlers.read.get(&handler.value).map(|handler| handler.timeout);
    Some(Plan {
        route: section.text("name")?,
        handler: handler.value,
        priority: priority.parse::<Priority>().ok()?,
        retry_count: section.whole("retry_count")?,
        timeout: own.or(otherwise).unwrap_or(Duration::from_secs(10)),
        retry_on: section.items("retry_on", |status| value::whole(status)?.try_into().ok()),
    })
}

fn check_handler(section: &Section<'_>, handlers: &Handlers<'_>, handler: &At<String>) {
    let names = || handlers.names.iter().map(String::as_str);
    if names().any(|name| name == handler.value) {
        return;
    }
    let suggestion = nearest(&handler.value, names());
    let message = match (&suggestion, handlers.names.is_empty()) {
        (Some(_), _) => format!("there is no handler `{}`", handler.value),
        (None, true) => format!("there is no handler `{0}`; add a table [handlers.{0}]", handler.value),
        (None, false) => {
            format!("there is no handler `{}`; there are {}", handler.value, handlers.names.join(", "))
        }
    };
    section.report.mistake_near(&handler.span, message, suggestion);
}

fn patterns(section: &Section<'_>, name: &str) -> Vec<Pattern> {
    let pattern = |At { value, span }: At<String>| {
        Pattern::new(value).map_err(|error| section.report.mistake(&span, error.to_string())).ok()
    };
    section.texts(name).into_iter().filter_map(pattern).collect()
}

fn filter(section: &Section<'_>) -> Option<Filter> {
    let operator: Operator = section.text("operator")?.parse().ok()?;
    let value = section.given("value").map(|value| value::json(value.get_ref()));
    let description = section.text("description");
    Filter::new(section.text("field")?, operator, value, description)
        .map_err(|error| section.mistake(culprit(&error), error.to_string()))
        .ok()
}

fn culprit(error: &FilterError) -> &'static str {
    match error {
        FilterError::EmptyField
        | FilterError::EmptyPart(_)
        | FilterError::LongField(_)
        | FilterError::DeepField(_) => "field",
        _ => "value",
    }
}
