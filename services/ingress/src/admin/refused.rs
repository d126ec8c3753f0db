//! `/admin/refused`: the quarantine: list, show, replay.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Query};
use serde::Deserialize;
use serde_json::json;
use stream::{EntryId, RefusedEntry};

use super::Answer;
use super::dead_letters::checked;
use super::guard::{Admin, not_found, store_failed, unfit};
use super::pager;
use crate::{Ingress, quarantine};

/// Read at once.
const READ: usize = 100;

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
    let cursor = pager::cursor(wanted.cursor.as_deref())?.unwrap_or_else(|| "-".to_owned());
    let read = async |cursor: String| {
        let page = ingress.context.store.refused(&cursor, READ).await?;
        Ok((page.refused, page.next))
    };
    let is = |value: &Option<String>, found: &str| value.as_ref().is_none_or(|wanted| wanted == found);
    let takes = |entry: &RefusedEntry| {
        is(&wanted.endpoint, entry.text("endpoint")) && is(&wanted.code, entry.text("code"))
    };
    let found =
        pager::find(cursor, wanted.limit, read, |entry| takes(entry).then(|| entry.to_json())).await?;
    Ok(HttpResponse::Ok().json(json!({ "refused": found.entries, "next_cursor": found.next_cursor })))
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
    for id in EntryId::each_once(&wanted.ids) {
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
