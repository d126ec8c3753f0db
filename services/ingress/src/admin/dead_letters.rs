//! `/admin/dead-letters`: list, show, replay, discard.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Query};
use serde::Deserialize;
use serde_json::json;
use stream::{DeadLetter, EntryId, Replayed};

use super::Answer;
use super::guard::{Admin, not_found, store_failed, unfit};
use super::pager;
use crate::Ingress;

/// Read at once.
const READ: usize = 1000;

/// Which dead letters.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    route: Option<String>,
    /// Part of the error, in any case.
    error: Option<String>,
    /// Given up at or after this time, in ms since the epoch.
    since: Option<u64>,
    /// Where the page before ended.
    cursor: Option<String>,
    limit: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replay {
    ids: Vec<String>,
}

pub(crate) async fn list(_: Admin, ingress: Data<Ingress>, wanted: Query<Wanted>) -> Answer {
    let cursor = match (&wanted.cursor, wanted.since) {
        (Some(cursor), _) => cursor.clone(),
        (None, Some(since)) => since.to_string(),
        (None, None) => "-".to_owned(),
    };
    let read = async |cursor: String| {
        let page = ingress.context.store.dead_letters(&cursor, READ).await?;
        Ok((page.letters, page.next))
    };
    let show = |letter: &DeadLetter| wanted.takes(letter).then(|| letter.to_json());
    let found = pager::find(cursor, wanted.limit, read, show).await?;
    Ok(HttpResponse::Ok().json(json!({ "dead_letters": found.entries, "next_cursor": found.next_cursor })))
}

pub(crate) async fn show(_: Admin, ingress: Data<Ingress>, id: Path<String>) -> Answer {
    let letter = ingress.context.store.dead_letter(checked(&id)?).await.map_err(store_failed)?;
    let letter = letter.ok_or_else(|| missing(&id))?;
    Ok(HttpResponse::Ok().json(letter.to_json()))
}

pub(crate) async fn discard(admin: Admin, ingress: Data<Ingress>, id: Path<String>) -> Answer {
    let change = admin.change("dead_letter.discard", checked(&id)?)?;
    let gone = ingress.context.store.discard(&id).await.map_err(store_failed)?;
    change.done(if gone { "discarded" } else { "missing" });
    if !gone {
        return Err(missing(&id));
    }
    Ok(HttpResponse::NoContent().finish())
}

pub(crate) async fn replay(admin: Admin, ingress: Data<Ingress>, wanted: Json<Replay>) -> Answer {
    for id in &wanted.ids {
        checked(id)?;
    }
    let (mut replayed, mut missing) = (Vec::new(), Vec::new());
    for id in &wanted.ids {
        let change = admin.change("dead_letter.replay", id)?;
        service::crash_point("ingress.replay.before");
        let again = ingress.context.store.replay(id).await;
        service::crash_point("ingress.replay.after");
        match again.map_err(store_failed)? {
            Replayed::Again => {
                change.done("replayed");
                replayed.push(id);
            }
            Replayed::Missing => {
                change.done("missing");
                missing.push(id);
            }
        }
    }
    Ok(HttpResponse::Ok().json(json!({ "replayed": replayed, "missing": missing })))
}

// === impl Wanted ===

impl Wanted {
    fn takes(&self, letter: &DeadLetter) -> bool {
        let holds = |part: &String| letter.text("error").to_lowercase().contains(&part.to_lowercase());
        self.route.as_ref().is_none_or(|route| letter.text("route") == route)
            && self.error.as_ref().is_none_or(holds)
    }
}

/// An entry's id: milliseconds, a dash, a number, and perhaps its partition.
pub(crate) fn checked(id: &str) -> Result<&str, service::Problem> {
    match EntryId::parse(id) {
        Some(_) => Ok(id),
        None => Err(unfit("An id looks like 1700000000000-0, or 1700000000000-0@3 in another partition.")),
    }
}

fn missing(id: &str) -> service::Problem {
    not_found(format!("There is no dead letter {id}; it may have been replayed or discarded."))
}
