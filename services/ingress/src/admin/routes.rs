//! `/admin/routes`: what the routes are, which of them an event would match, and what became of one that was run.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use event::{Body, EventId, Headers, Millis, RawEvent};
use routing::{Facts, Route};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Answer;
use super::guard::{Admin, store_failed};
use crate::Ingress;

/// Longest wait for the outcome of a run.
const LONGEST_RUN: Duration = Duration::from_secs(60);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Test {
    source: String,
    /// Where it is not said, the one that the event of such a source has in its body.
    event_type: Option<String>,
    event: Value,
    #[serde(default)]
    run: bool,
    /// Seconds to wait for the outcome.
    timeout: Option<u64>,
}

pub(crate) async fn list(_: Admin, ingress: Data<Ingress>) -> Answer {
    let settings = ingress.context.live.keep();
    let routes: Vec<Value> = settings.rules.routes().iter().map(Route::to_json).collect();
    Ok(HttpResponse::Ok().json(json!({ "routes": routes })))
}

/// Tries an event on every route; with `run`, sends it on its way and waits for each outcome.
pub(crate) async fn test(admin: Admin, ingress: Data<Ingress>, test: Json<Test>) -> Answer {
    let settings = ingress.context.live.keep();
    let event_type = test.event_type.clone().or_else(|| settings.type_in(&test.source, &test.event));
    let event_type = event_type.unwrap_or_else(|| "unknown".to_owned());
    let facts = Facts { source: &test.source, event_type: &event_type, body: &test.event };
    let routes = settings.rules.explain(&facts);
    let matched = routes.iter().filter(|route| route.matched).count();
    let mut answer = json!({ "matched": matched, "routes": routes });
    if test.run {
        let change = admin.change("routes.test", "run")?;
        let event = raw_event(&test, event_type);
        ingress.store.publish(&event, None, settings.archive.enabled).await.map_err(store_failed)?;
        change.done(event.id.as_str());
        let wait = test.timeout.map_or(LONGEST_RUN, Duration::from_secs).min(LONGEST_RUN);
        let results =
            ingress.context.store.await_results(&event.id, matched, wait).await.map_err(store_failed)?;
        answer["event_id"] = json!(event.id);
        answer["finished"] = json!(results.len() >= matched);
        answer["results"] = json!(results);
    }
    Ok(HttpResponse::Ok().json(answer))
}

fn raw_event(test: &Test, event_type: String) -> RawEvent {
    RawEvent {
        id: EventId::random(),
        endpoint: "admin".to_owned(),
        source: test.source.clone(),
        event_type,
        received_at: Millis::now(),
        headers: Headers::default(),
        body: Body {
            bytes: test.event.to_string().into(),
            content_type: "application/json".to_owned(),
            format: "json".to_owned(),
        },
        trace: service::trace::traceparent(&tracing::info_span!("test_route", source = test.source)),
        verified_by: String::new(),
        awaited: true,
    }
}
