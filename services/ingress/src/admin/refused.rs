//! `/admin/refused`: the quarantine: list, show, replay.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Answer;
use super::dead_letters::checked;
use super::guard::{Admin, not_found, store_failed, unfit};
use crate::{Ingress, quarantine};

const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1000;

/// Replayed in one request, at most.
const MOST: usize = 1000;

/// Which refused requests.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    endpoint: Option<String>,
    code: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    limit: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replay {
    ids: Vec<String>,
    #[serde(default)]
    dry_run: bool,
}

pub(crate) async fn list(_: Admin, ingress: Data<Ingress>, wanted: Query<Wanted>) -> Answer {
    let limit = wanted.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let mut cursor = wanted.cursor.clone().unwrap_or_else(|| "-".to_owned());
    let is = |value: &Option<String>, found: &str| value.as_ref().is_none_or(|wanted| wanted == found);
    let mut found: Vec<Value> = Vec::new();
    let mut next = None;
    while found.len() < limit {
        let page = ingress.context.store.refused(&cursor, PAGE).await.map_err(store_failed)?;
        for entry in &page.refused {
            let fits = is(&wanted.endpoint, entry.text("endpoint")) && is(&wanted.code, entry.text("code"));
            if !fits {
                continue;
            }
            if found.len() == limit {
                break;
            }
            next = Some(format!("({}", entry.id));
            found.push(entry.to_json());
        }
        match page.next {
            Some(further) => cursor = further,
            None => break,
        }
    }
    let next = next.filter(|_| found.len() == limit);
    Ok(HttpResponse::Ok().json(json!({ "refused": found, "next_cursor": next })))
}

pub(crate) async fn show(_: Admin, ingress: Data<Ingress>, id: Path<String>) -> Answer {
    let entry = ingress.context.store.refused_entry(checked(&id)?).await.map_err(store_failed)?;
    let entry =
        entry.ok_or_else(|| not_found(format!("There is no refused request {id}; it may be too old.")))?;
    Ok(HttpResponse::Ok().json(entry.to_json()))
}

/// Through verification again, with the configuration now in force.
pub(crate) async fn replay(admin: Admin, ingress: Data<Ingress>, wanted: Json<Replay>) -> Answer {
    if wanted.ids.len() > MOST {
        return Err(unfit(format!("At most {MOST} refused requests at once.")));
    }
    for id in &wanted.ids {
        checked(id)?;
    }
    let settings = ingress.context.live.keep();
    let mut replayed = Vec::new();
    for id in &wanted.ids {
        // A trial changes nothing: whoever may look may try.
        let change = if wanted.dry_run { None } else { Some(admin.change("refused.replay", id)?) };
        let with = (&ingress.context.store, &ingress.shared.certificates);
        let again = quarantine::replay(with, &settings, id, wanted.dry_run).await;
        let again = again.map_err(store_failed)?;
        if let Some(change) = change {
            change.done(again.outcome());
        }
        replayed.push(again.to_json(id));
    }
    Ok(HttpResponse::Ok().json(json!({ "replayed": replayed })))
}
