//! Events of late, by the lines of their lives that are kept.

use std::collections::{HashMap, HashSet};

use event::Millis;
use futures_util::future::try_join_all;
use serde_json::{Value, json};

use crate::life::LifeLine;
use crate::look::{Back, EntryId};
use crate::{Entry, Store, StoreError, life};

/// Which events: those that every filter takes.
#[derive(Debug, Clone, Default)]
pub struct Recent {
    pub endpoint: Option<String>,
    pub event_type: Option<String>,
    /// That went by this route.
    pub route: Option<String>,
    /// That stand so by one of their routes (by `route`, if it is given): `routed`, `delivered`, `failed`, `dead`,
    /// `replayed`, `discarded` or `expired`; or `unrouted`, if no route wanted them.
    pub step: Option<String>,
    /// Routed at or after this, by Redis' clock.
    pub since: Option<Millis>,
    /// Only events before this one, by the place where a page ended.
    pub before: Option<EntryId>,
}

/// An event, and how it stands.
#[derive(Debug, Clone)]
pub struct RecentEvent {
    /// When it was last routed, and by which routes.
    routed: LifeLine,
    /// What happened since, newest first.
    since: Vec<LifeLine>,
}

/// Some events, those first that were routed last.
#[derive(Debug, Clone)]
pub struct RecentPage {
    pub events: Vec<RecentEvent>,
    /// Where the next page begins ([`Recent::before`]); none after the last.
    pub next: Option<String>,
}

impl Store {
    /// At most `most` events that were routed of late, newest first. Each page reads the lines of all before it again:
    /// what became of its events stands there.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn recent_events(&self, wanted: &Recent, most: usize) -> Result<RecentPage, StoreError> {
        let partitions = self.partitions();
        // One more than is wanted, to know whether there are more.
        let each = partitions.iter().map(|store| store.own_recent(wanted, most.saturating_add(1)));
        let mut events = try_join_all(each).await?.concat();
        events.sort_by_key(|event| std::cmp::Reverse(event.place()));
        let more = events.len() > most;
        events.truncate(most);
        let next = events.last().filter(|_| more).map(|event| event.routed.id.clone());
        Ok(RecentPage { events, next })
    }

    async fn own_recent(&self, wanted: &Recent, most: usize) -> Result<Vec<RecentEvent>, StoreError> {
        let stream = self.keys.life();
        let mut back = Back::new(self, &stream, life::PAGE, life::MOST_PAGES);
        let (mut events, mut since, mut seen) =
            (Vec::new(), HashMap::<String, Vec<LifeLine>>::new(), HashSet::new());
        loop {
            let page = back.next().await?;
            if page.is_empty() {
                return Ok(events);
            }
            for line in self.own(page) {
                if wanted.since.is_some_and(|since| line.at() < Some(since)) {
                    return Ok(events);
                }
                let event = line.text("event_id").to_owned();
                if line.text("step") != "routed" {
                    since.entry(event).or_default().push(line);
                    continue;
                }
                let since = since.remove(&event).unwrap_or_default();
                // One that was replayed through the router was routed before, too.
                if !seen.insert(event) {
                    continue;
                }
                let event = RecentEvent { routed: line, since };
                if wanted.takes(&event) {
                    events.push(event);
                }
                if events.len() == most {
                    return Ok(events);
                }
            }
        }
    }
}

// === impl Recent ===

impl Recent {
    fn takes(&self, event: &RecentEvent) -> bool {
        let is = |wanted: &Option<String>, name: &str| {
            wanted.as_ref().is_none_or(|wanted| event.routed.text(name) == wanted)
        };
        is(&self.endpoint, "endpoint")
            && is(&self.event_type, "event_type")
            && self.before.is_none_or(|before| event.place() < Some(before))
            && self.takes_routes(&event.routes())
    }

    fn takes_routes(&self, routes: &[(String, &LifeLine)]) -> bool {
        if self.route.is_none() && self.step.as_deref() == Some("unrouted") {
            return routes.is_empty();
        }
        let is = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
        (self.route.is_none() && self.step.is_none())
            || routes.iter().any(|(route, line)| is(&self.route, route) && is(&self.step, line.text("step")))
    }
}

// === impl RecentEvent ===

impl RecentEvent {
    pub fn to_json(&self) -> Value {
        let mut json = json!({ "routed_at": self.routed.at() });
        for name in ["event_id", "endpoint", "source", "event_type", "received_at", "verified_by"] {
            json[name] = self.routed.json(name);
        }
        let route = |(route, line): (String, &LifeLine)| {
            let mut json = json!({ "route": route, "at": line.at() });
            for name in ["step", "attempt", "status", "reason", "error"] {
                json[name] = line.json(name);
            }
            json
        };
        json["routes"] = self.routes().into_iter().map(route).collect();
        json
    }

    fn place(&self) -> Option<EntryId> {
        EntryId::parse(&self.routed.id)
    }

    /// Its routes, each with the last that happened by it.
    fn routes(&self) -> Vec<(String, &LifeLine)> {
        let routes: Vec<String> = serde_json::from_str(self.routed.text("routes")).unwrap_or_default();
        let last = |route: &String| self.since.iter().find(|line| line.text("route") == route);
        routes
            .into_iter()
            .map(|route| {
                let line = last(&route).unwrap_or(&self.routed);
                (route, line)
            })
            .collect()
    }
}

impl Entry {
    /// A field as it stands in [`Entry::to_json`].
    fn json(&self, name: &str) -> Value {
        crate::look::json_value(name, self.text(name))
    }
}
