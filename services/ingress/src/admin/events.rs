//! `/admin/events`: events of late, and the life of one.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use event::{EventId, Millis, Moment};
use serde::Deserialize;
use serde_json::{Value, json};
use stream::{EntryId, Recent, RecentEvent, Step};

use super::Answer;
use super::guard::{Admin, not_found, store_failed, unfit};
use super::pager::{page_size, wrong_cursor};
use crate::Ingress;

/// How an event may stand by one of its routes.
const STEPS: [&str; 8] =
    ["unrouted", "routed", "delivered", "failed", "dead", "replayed", "discarded", "expired"];

/// Which events.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    endpoint: Option<String>,
    event_type: Option<String>,
    route: Option<String>,
    step: Option<String>,
    /// Routed at or after this time.
    since: Option<Moment>,
    /// Where the page before ended.
    cursor: Option<String>,
    limit: Option<usize>,
}

pub(crate) async fn list(_: Admin, ingress: Data<Ingress>, wanted: Query<Wanted>) -> Answer {
    let limit = page_size(wanted.limit);
    let recent = wanted.into_inner().recent()?;
    let page = ingress.context.store.recent_events(&recent, limit).await.map_err(store_failed)?;
    let events: Vec<Value> = page.events.iter().map(RecentEvent::to_json).collect();
    Ok(HttpResponse::Ok().json(json!({ "events": events, "next_cursor": page.next })))
}

pub(crate) async fn show(_: Admin, ingress: Data<Ingress>, id: Path<String>) -> Answer {
    let id = EventId::from_text(id.as_str());
    let story = ingress.context.store.story(&id).await.map_err(store_failed)?;
    if story.is_empty() {
        return Err(not_found(format!(
            "Nothing is known of the event {id}; it may be too old, or never came."
        )));
    }
    let steps: Vec<Value> = story.iter().map(|step: &Step| step.to_json(&id)).collect();
    Ok(HttpResponse::Ok().json(json!({ "event_id": id.as_str(), "steps": steps })))
}

// === impl Wanted ===

impl Wanted {
    fn recent(self) -> Result<Recent, service::Problem> {
        if let Some(step) = self.step.as_deref().filter(|step| !STEPS.contains(step)) {
            return Err(unfit(format!("There is no step `{step}`; there are {}.", STEPS.join(", "))));
        }
        let before = match self.cursor.as_deref().filter(|cursor| !cursor.is_empty()) {
            Some(cursor) => Some(EntryId::parse(cursor).ok_or_else(wrong_cursor)?),
            None => None,
        };
        let Self { endpoint, event_type, route, step, since, .. } = self;
        Ok(Recent {
            endpoint,
            event_type,
            route,
            step,
            since: since.map(|moment| moment.at(Millis::now())),
            before,
        })
    }
}
