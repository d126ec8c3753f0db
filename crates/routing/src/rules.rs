//! All routes, and the one question asked of them.

use serde_json::Value;

use crate::{Explanation, Route};

/// What rules know of an event. `body` is in the shape that `formats::read` gives.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub source: &'a str,
    pub event_type: &'a str,
    pub body: &'a Value,
}

/// The routes, in the order of the configuration file.
#[derive(Debug, Clone, Default)]
pub struct Rules(Vec<Route>);

// === impl Rules ===

impl Rules {
    pub fn new(routes: Vec<Route>) -> Self {
        Self(routes)
    }

    pub fn routes(&self) -> &[Route] {
        &self.0
    }

    pub fn get(&self, name: &str) -> Option<&Route> {
        self.0.iter().find(|route| route.name == name)
    }

    /// Every route that wants this event, in the file's order. Nothing is allocated when none does.
    pub fn classify(&self, facts: &Facts<'_>) -> Vec<&Route> {
        self.0.iter().filter(|route| route.matches(facts)).collect()
    }

    /// Every route, with what each of its conditions says of this event. Agrees with [`Rules::classify`].
    pub fn explain(&self, facts: &Facts<'_>) -> Vec<Explanation> {
        self.0.iter().map(|route| route.explain(facts)).collect()
    }
}

#[cfg(test)]
mod tests;
