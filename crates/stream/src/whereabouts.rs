//! Where an event is now.

use event::EventId;
use futures_util::future::try_join_all;

use crate::look::{Back, Entry};
use crate::{Store, StoreError};

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
        Ok(self.found(event).await?.into_iter().map(|(place, _)| place).collect())
    }

    /// The same, with the entries that stand there.
    pub(crate) async fn found(&self, event: &EventId) -> Result<Vec<(Place, Entry)>, StoreError> {
        let partitions = self.partitions();
        let each = try_join_all(partitions.iter().map(|store| store.own_whereabouts(event))).await?;
        Ok(each.concat())
    }

    async fn own_whereabouts(&self, event: &EventId) -> Result<Vec<(Place, Entry)>, StoreError> {
        let mut places: Vec<(Place, Entry)> = Vec::new();
        let keys = &self.keys;
        // In the order in which an event moves, the jobs twice since retries go back to them: one that moves on
        // meanwhile is met again rather than missed.
        let jobs = keys.all_jobs();
        let ways = [&[keys.events()][..], &jobs, &[keys.retry()], &jobs, &[keys.dead()]];
        for stream in ways.concat() {
            for entry in Back::new(self, &stream, PAGE, MOST_PAGES).of(event).await? {
                let entry = entry.in_partition(self.partition);
                let found = place(keys.short(&stream), &entry);
                if places.iter().all(|(place, _)| *place != found) {
                    places.push((found, entry));
                }
            }
        }
        Ok(places)
    }
}

fn place(stream: &str, entry: &Entry) -> Place {
    let text = |name: &str| entry.text(name).to_owned();
    let (route, error) = (text("route"), text("error"));
    let attempts = entry.text("attempts").parse().unwrap_or(0);
    match stream {
        "dead" => Place::Dead { id: entry.id.clone(), attempts, error },
        "retry" => Place::Retry { route, attempts, error },
        "events" => Place::Events,
        _ => Place::Jobs { route, priority: text("priority"), attempts },
    }
}
