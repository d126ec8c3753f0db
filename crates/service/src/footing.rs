//! Redis under our feet: looked at once a second, and judged by what the configuration asks of it.
//!
//! Requests are not asked to find out: what the last look saw is here to read.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use settings::Settings;
use stream::{Durability, Keeps, Store, StoreError, Vitals};
use tokio::time::Instant;

use crate::{Failure, Live, Stop};

/// What the last look at Redis saw. Cheap to clone; clones are one.
#[derive(Debug, Clone, Default)]
pub struct Footing(Arc<ArcSwap<State>>);

/// How Redis is.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum State {
    /// Nobody has looked yet.
    #[default]
    Unknown,
    Well(Vitals),
    /// It can't be reached, or can't serve.
    Away(String),
    /// It serves, but not as the configuration requires: nothing that must be kept may be given to it.
    Unfit(String),
}

const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Settings change more rarely than a server restarts, which is seen at once.
const CHECK_AGAIN: Duration = Duration::from_secs(30);

// === impl Footing ===

impl Footing {
    pub fn now(&self) -> Arc<State> {
        self.0.load_full()
    }

    /// Why Redis takes nothing just now, as far as the last look knows.
    pub fn trouble(&self) -> Option<String> {
        match &**self.0.load() {
            State::Unknown | State::Well(_) => None,
            State::Away(why) | State::Unfit(why) => Some(why.clone()),
        }
    }

    /// Why Redis takes nothing, asked of itself: a second is too long a time for whoever sends work to us. What its
    /// settings keep was compared at the last look.
    pub(crate) async fn trouble_now(&self, store: &Store) -> Option<String> {
        match (store.vitals().await, &*self.now()) {
            (Err(error), _) => Some(error.to_string()),
            (Ok(vitals), _) if vitals.is_replica => Some("Redis is a read-only replica".to_owned()),
            (Ok(_), State::Unfit(why)) => Some(why.clone()),
            (Ok(_), _) => None,
        }
    }

    /// Looks until the stop.
    ///
    /// # Errors
    /// The first Redis that is met is not as the configuration requires.
    pub async fn watch(&self, store: Store, live: Live, stop: Stop) -> Result<(), Failure> {
        let mut watcher = Watcher::default();
        loop {
            let (state, first) = watcher.look(&store, &live.keep()).await;
            if let (State::Unfit(why), true) = (&state, first) {
                return Err(Failure::Unfit(why.clone()));
            }
            self.0.store(Arc::new(state));
            if !stop.sleep(LOOK_EVERY).await {
                return Ok(());
            }
        }
    }
}

/// What was seen before, so that only news is told.
#[derive(Debug, Default)]
struct Watcher {
    checked: Option<Checked>,
    /// Said of Redis the last time, if it was not well.
    told: Option<String>,
}

/// The last comparison with the server's settings.
#[derive(Debug)]
struct Checked {
    run_id: String,
    at: Instant,
    keeps: Keeps,
}

// === impl Watcher ===

impl Watcher {
    /// One look, and whether it is the first at which Redis answered.
    async fn look(&mut self, store: &Store, settings: &Settings) -> (State, bool) {
        let first = self.checked.is_none();
        let state = match self.examine(store, settings).await {
            Ok(state) => state,
            Err(error @ StoreError::Tls(_)) => State::Unfit(error.to_string()),
            Err(error) => State::Away(error.to_string()),
        };
        self.tell(&state);
        (state, first)
    }

    async fn examine(&mut self, store: &Store, settings: &Settings) -> Result<State, StoreError> {
        let vitals = store.vitals().await?;
        if vitals.is_replica {
            // After a failover: the master is elsewhere by now. Looked up anew with the next connection.
            store.look_elsewhere();
            return Ok(State::Away(
                "Redis is a read-only replica: after a failover, its name must lead to the new master"
                    .to_owned(),
            ));
        }
        let checked = match self.checked.take() {
            Some(checked) if checked.run_id == vitals.run_id && checked.at.elapsed() < CHECK_AGAIN => checked,
            before => {
                let keeps = store.keeps(&vitals).await?;
                if before.is_none_or(|before| before.keeps != keeps) {
                    told_of(&keeps, &vitals, settings);
                }
                Checked { run_id: vitals.run_id.clone(), at: Instant::now(), keeps }
            }
        };
        let unfit = unfit(&checked.keeps, &vitals, settings);
        self.checked = Some(checked);
        Ok(unfit.map_or(State::Well(vitals), State::Unfit))
    }

    fn tell(&mut self, state: &State) {
        let trouble = match state {
            State::Away(why) | State::Unfit(why) => Some(why.clone()),
            State::Unknown | State::Well(_) => None,
        };
        match (&self.told, &trouble) {
            (None, Some(why)) => tracing::error!(%why, "Redis takes nothing"),
            (Some(before), Some(why)) if before != why => tracing::warn!(%why, "Redis still takes nothing"),
            (Some(_), None) => tracing::info!("Redis takes events again"),
            _ => {}
        }
        self.told = trouble;
    }
}

/// What the operator should know of this server, once.
fn told_of(keeps: &Keeps, vitals: &Vitals, settings: &Settings) {
    let wanted = wanted(settings);
    let kept = match keeps.durability {
        Some(durability) => durability >= wanted,
        None => wanted == Durability::Memory,
    };
    let told = description(keeps, wanted, kept);
    if kept {
        tracing::info!(version = vitals.version, "{told}");
    } else {
        tracing::warn!(version = vitals.version, "{told}");
    }
    let (found, least) = (vitals.replicas, settings.redis.min_replicas);
    if found < least {
        tracing::warn!(
            "Redis has {found} replicas connected, `min_replicas` in [redis] asks for {least}: no event is accepted meanwhile"
        );
    }
}

fn description(keeps: &Keeps, wanted: Durability, kept: bool) -> String {
    let found = &keeps.found;
    match keeps.durability {
        Some(durability) if kept => {
            format!("Redis keeps what it acknowledges ({found}): {}", durability.loses())
        }
        Some(durability) => format!(
            "Redis keeps less than `durability = \"{wanted}\"` in [redis] asks for ({found}): {}",
            durability.loses()
        ),
        None => format!(
            "Redis does not say whether it keeps what `durability = \"{wanted}\"` in [redis] asks for: {found}"
        ),
    }
}

/// Why this server must not be worked with.
fn unfit(keeps: &Keeps, vitals: &Vitals, settings: &Settings) -> Option<String> {
    if vitals.evicts() {
        return Some(format!(
            "Redis throws data away when its memory is full (maxmemory-policy {}), accepted events among it: \
             run it with `maxmemory-policy noeviction`",
            vitals.policy
        ));
    }
    let wanted = wanted(settings);
    let enough = match keeps.durability {
        Some(durability) => durability >= wanted,
        None => wanted == Durability::Memory,
    };
    (settings.redis.require && !enough).then(|| {
        format!(
            "Redis keeps less than `durability = \"{wanted}\"` in [redis], which `require` insists on: {}. \
             Run it with `appendonly yes` and `appendfsync {}`, or lower `durability`",
            keeps.found,
            if wanted == Durability::Always { "always" } else { "everysec" },
        )
    })
}

fn wanted(settings: &Settings) -> Durability {
    match settings.redis.durability {
        settings::Durability::Memory => Durability::Memory,
        settings::Durability::EverySecond => Durability::EverySecond,
        settings::Durability::Always => Durability::Always,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(redis: &str) -> Settings {
        settings::parse(&format!("[redis]\n{redis}"), "hookstream.toml", &|_| None).unwrap()
    }

    fn judged(redis: &str, durability: Option<Durability>, policy: &str) -> Option<String> {
        let keeps = Keeps { durability, found: "appendfsync no".to_owned() };
        let vitals = Vitals { policy: policy.to_owned(), ..Vitals::default() };
        unfit(&keeps, &vitals, &settings(redis))
    }

    #[test]
    fn less_than_asked_for_is_refused_only_where_that_is_required() {
        assert_eq!(judged("durability = \"always\"", Some(Durability::Memory), "noeviction"), None);
        let required = "durability = \"always\"\nrequire = true";
        assert!(judged(required, Some(Durability::EverySecond), "").unwrap().contains("appendfsync always"));
        assert_eq!(judged(required, Some(Durability::Always), ""), None);
    }

    #[test]
    fn a_server_that_does_not_say_is_not_taken_for_one_that_keeps() {
        assert!(judged("require = true", None, "").is_some());
        assert_eq!(judged("durability = \"memory\"\nrequire = true", None, ""), None);
    }

    #[test]
    fn a_server_that_evicts_is_always_refused() {
        assert!(judged("", Some(Durability::Always), "allkeys-lru").unwrap().contains("noeviction"));
    }
}
