//! `POST /admin/dead-letters/replay`.

use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use event::{Millis, Moment};
use serde::Deserialize;
use serde_json::json;
use service::{Problem, catalog};
use stream::{Choice, Chosen, EntryId, Replayed, Store};

use super::Answer;
use super::dead_letters::checked;
use super::guard::{Admin, store_failed, unfit};
use crate::Ingress;

/// Which dead letters, and how: those of these ids, those that every filter takes, or all.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replay {
    #[serde(default)]
    ids: Vec<String>,
    route: Option<String>,
    endpoint: Option<String>,
    error: Option<String>,
    /// Given up at or after this time.
    since: Option<Moment>,
    /// Given up before this time.
    until: Option<Moment>,
    #[serde(default)]
    all: bool,
    /// Through the router, by the routes as they are now.
    #[serde(default)]
    anew: bool,
    #[serde(default)]
    dry_run: bool,
    /// At most so many in a second.
    rate: Option<u32>,
}

/// In one request, at most; the rest is left to the next.
const MOST: usize = 1000;

/// Nobody is kept waiting longer, but for the letter under way.
const LONGEST: Duration = Duration::from_secs(20);

pub(crate) async fn replay(admin: Admin, ingress: Data<Ingress>, wanted: Json<Replay>) -> Answer {
    let by_filter = wanted.check()?;
    let (chosen, mut missing) = wanted.choose(&ingress.context.store).await?;
    let pause = wanted.rate.map(|rate| Duration::from_secs(1) / rate);
    let (begun, mut done, mut seen) = (Instant::now(), Vec::new(), 0);
    for letter in chosen.iter().take(MOST) {
        if let Some(pause) = pause.filter(|_| seen > 0 && !wanted.dry_run)
            && (begun.elapsed() + pause > LONGEST || !ingress.context.stop.sleep(pause).await)
        {
            break;
        }
        seen += 1;
        if wanted.dry_run || wanted.start(&admin, &ingress, letter).await? {
            done.push(&letter.id);
        } else {
            missing.push(letter.id.clone());
        }
    }
    let word = if wanted.dry_run { "would_replay" } else { "replayed" };
    let mut answer = json!({ word: done, "missing": missing });
    let left = chosen.len() - seen;
    if by_filter || left > 0 {
        answer["left"] = left.into();
    }
    Ok(HttpResponse::Ok().json(answer))
}

// === impl Replay ===

impl Replay {
    /// Says whether the letters are chosen by filters.
    fn check(&self) -> Result<bool, Problem> {
        let filtered = self.choice() != Choice::default();
        if usize::from(!self.ids.is_empty()) + usize::from(filtered) + usize::from(self.all) != 1 {
            return Err(unfit(
                "Say which dead letters: `ids`, or filters (`route`, `endpoint`, `error`, `since`, `until`), or `all`: true.",
            ));
        }
        if self.ids.len() > MOST {
            return Err(unfit(format!("At most {MOST} dead letters at once.")));
        }
        for id in &self.ids {
            checked(id)?;
        }
        if self.rate == Some(0) {
            return Err(unfit("`rate` must be at least 1 a second."));
        }
        Ok(self.ids.is_empty())
    }

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

    /// The letters, and the ids of those that are not there.
    async fn choose(&self, store: &Store) -> Result<(Vec<Chosen>, Vec<String>), Problem> {
        if self.ids.is_empty() {
            return Ok((store.choose(&self.choice()).await.map_err(store_failed)?, Vec::new()));
        }
        let (mut chosen, mut missing) = (Vec::new(), Vec::new());
        for id in EntryId::each_once(&self.ids) {
            match store.dead_letter(id).await.map_err(store_failed)? {
                Some(letter) => chosen.push(Chosen::from(&letter)),
                None => missing.push(id.to_owned()),
            }
        }
        Ok((chosen, missing))
    }

    /// Starts one again; false if it is gone.
    async fn start(&self, admin: &Admin, ingress: &Ingress, letter: &Chosen) -> Result<bool, Problem> {
        let store = &ingress.context.store;
        let what = if self.anew { "dead_letter.replay_anew" } else { "dead_letter.replay" };
        let change = admin.change(what, &letter.id)?;
        service::crash_point("ingress.replay.before");
        let again =
            if self.anew { store.replay_anew(&letter.id).await } else { store.replay(&letter.id).await };
        service::crash_point("ingress.replay.after");
        let there = again.map_err(store_failed)? == Replayed::Again;
        if there {
            ingress.context.meter.count(catalog::REPLAYS, &[("route", &letter.route)]);
            change.done("replayed");
        } else {
            change.done("missing");
        }
        Ok(there)
    }
}
