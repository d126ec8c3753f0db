//! The lease must outlast every handler call, or a slow call would be made twice.

use std::ops::Range;
use std::time::Duration;

use crate::handler::HANDLER;
use crate::redis::{REDIS, Redis};
use crate::route::ROUTE;
use crate::section::Section;

struct Longest {
    owner: String,
    timeout: Duration,
    span: Range<usize>,
}

pub(crate) fn check(whole: &Section<'_>, redis: &Redis) {
    let Some(longest) = longest(whole) else { return };
    if redis.lease > longest.timeout {
        return;
    }
    let (lease, timeout) = (redis.lease.as_secs_f64(), longest.timeout.as_secs_f64());
    let section = whole.table("redis", &REDIS);
    let message = format!(
        "the lease ({lease} s) must be longer than the longest timeout ({timeout} s, of {}), or a slow delivery \
         would be made twice: raise `lease` in [redis] above {timeout}, or lower that timeout below {lease}",
        longest.owner
    );
    let span = if section.has("lease") { section.place("lease") } else { longest.span };
    whole.report.mistake(&span, message);
}

fn longest(whole: &Section<'_>) -> Option<Longest> {
    let named = |kind: &str, name: &str| format!("the {kind} `{name}`");
    let routes = whole.tables("routes", &ROUTE).into_iter().filter(|route| route.has("timeout"));
    let routes = routes.map(|route| Longest {
        owner: named("route", &route.text("name").unwrap_or_default()),
        timeout: route.seconds("timeout"),
        span: route.place("timeout"),
    });
    let handlers = whole.entries("handlers").into_iter().filter_map(|(name, value)| {
        let table = value.get_ref().as_table()?;
        let section = Section::new(whole.report, &HANDLER, Some(table), name.span);
        Some(Longest {
            owner: named("handler", &name.value),
            timeout: section.seconds("timeout"),
            span: section.place("timeout"),
        })
    });
    routes.chain(handlers).max_by_key(|longest| longest.timeout)
}
