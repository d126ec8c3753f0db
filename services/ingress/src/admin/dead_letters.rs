//! `/admin/dead-letters`: list, show, discard.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use event::{Millis, Moment};
use serde::Deserialize;
use serde_json::json;
use stream::{Choice, DeadLetter, EntryId};

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
    endpoint: Option<String>,
    /// Part of the error, in any case.
    error: Option<String>,
    /// Given up at or after this time.
    since: Option<Moment>,
    /// Given up before this time.
    until: Option<Moment>,
    /// Where the page before ended.
    cursor: Option<String>,
    limit: Option<usize>,
}

pub(crate) async fn list(_: Admin, ingress: Data<Ingress>, wanted: Query<Wanted>) -> Answer {
    let choice = wanted.choice();
    let cursor = pager::cursor(wanted.cursor.as_deref())?.unwrap_or_else(|| choice.start());
    let read = async |cursor: String| {
        let page = ingress.context.store.dead_letters(&cursor, READ).await?;
        Ok((page.letters, page.next))
    };
    let show = |letter: &DeadLetter| choice.takes(letter).then(|| letter.to_json());
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

// === impl Wanted ===

impl Wanted {
    fn choice(&self) -> Choice {
        let now = Millis::now();
        Choice {
            route: self.route.clone(),
            endpoint: self.endpoint.clone(),
            error: self.error.clone(),
            since: self.since.map(|moment| moment.at(now)),
            until: self.until.map(|moment| moment.at(now)),
        }
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
