//! Where an event is now.

use event::EventId;
use futures_util::future::try_join_all;

use crate::entry::Fields;
use crate::{Store, StoreError, look};

/// A place an event can be in. An event that several routes matched can be in several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Accepted, not yet routed.
    Events,
    /// On a job stream, or being delivered.
    Jobs { route: String, priority: String, attempts: u32 },
    /// Waiting for its next attempt.
    Retry { route: String, attempts: u32, error: String },
    /// A dead letter of this id.
    Dead { id: String, attempts: u32, error: String },
}

const PAGE: usize = 500;
/// Streams are looked through from their newest entry, at most so far.
const MOST_PAGES: usize = 200;

impl Store {
    /// Looks an event up in every stream: what it does not find was delivered, discarded or matched no route.
    ///
    /// Reads the streams through, newest first, up to 100,000 entries each: for people, not for programs. All
    /// partitions are looked into: the event may be from a time when they were fewer or more.
    pub async fn whereabouts(&self, event: &EventId) -> Result<Vec<Place>, StoreError> {
        let partitions = self.partitions();
        let each = try_join_all(partitions.iter().map(|store| store.own_whereabouts(event))).await?;
        Ok(each.concat())
    }

    async fn own_whereabouts(&self, event: &EventId) -> Result<Vec<Place>, StoreError> {
        let mut places = Vec::new();
        let keys = &self.keys;
        // In the order in which an event moves, the jobs twice since retries go back to them: one that moves on
        // meanwhile is met again rather than missed.
        let jobs = keys.all_jobs();
        let ways = [&[keys.events()][..], &jobs, &[keys.retry()], &jobs, &[keys.dead()]];
        for stream in ways.concat() {
            for (id, fields) in self.entries_of(&stream, event).await? {
                let found = place(keys.short(&stream), look::full_id(id, self.partition), &fields);
                if !places.contains(&found) {
                    places.push(found);
                }
            }
        }
        Ok(places)
    }

    async fn entries_of(&self, stream: &str, event: &EventId) -> Result<Vec<(String, Fields)>, StoreError> {
        let mut found = Vec::new();
        let mut end = "+".to_owned();
        for _ in 0..MOST_PAGES {
            let page: Vec<(String, Fields)> = redis::cmd("XREVRANGE")
                .arg(stream)
                .arg(&end)
                .arg("-")
                .arg("COUNT")
                .arg(PAGE)
                .query_async(&mut self.long_read().await?)
                .await?;
            let Some((last, _)) = page.last() else { break };
            end = format!("({last}");
            let full = page.len() == PAGE;
            found.extend(page.into_iter().filter(|(_, fields)| text(fields, "event_id") == event.as_str()));
            if !full {
                break;
            }
        }
        Ok(found)
    }
}

fn place(stream: &str, id: String, fields: &Fields) -> Place {
    let (route, error) = (text(fields, "route"), text(fields, "error"));
    let attempts = text(fields, "attempts").parse().unwrap_or(0);
    match stream {
        "dead" => Place::Dead { id, attempts, error },
        "retry" => Place::Retry { route, attempts, error },
        "events" => Place::Events,
        _ => Place::Jobs { route, priority: text(fields, "priority"), attempts },
    }
}

fn text(fields: &Fields, name: &str) -> String {
    fields.get(name).map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
}
