//! Names of events and jobs.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// An event's name as its sender, its handlers and operators see it: `evt_` and 26 characters.
///
/// Where the provider names its events, ours is derived from the provider's name, so that every copy of the
/// same event, on whichever ingress it arrives and however often, has one id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(String);

/// One event's delivery by one route: the event's id, a colon, the route's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(String);

// === impl EventId ===

impl EventId {
    /// The id of the event that a provider names `provider_id` at this endpoint. Always the same for the same pair.
    pub fn derived(endpoint: &str, provider_id: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(endpoint.as_bytes());
        hash.update([0]);
        hash.update(provider_id.as_bytes());
        let digest = hash.finalize();
        Self::from_bytes(digest[..16].try_into().expect("a SHA-256 digest has 32 bytes"))
    }

    /// A new id, for an event that its provider does not name.
    pub fn random() -> Self {
        Self::from_bytes(rand::random())
    }

    /// Takes an id as it stands in a stream or on a command line.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn from_bytes(bytes: [u8; 16]) -> Self {
        // Crockford's base 32, lower case: no letter that looks like a digit. 26 × 5 bits hold the 128.
        const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let number = u128::from_be_bytes(bytes);
        let digits = (0..26).rev().map(|place| ALPHABET[(number >> (place * 5)) as usize & 31] as char);
        Self(["evt_".to_owned(), digits.collect()].concat())
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// === impl JobId ===

impl JobId {
    pub fn new(event: &EventId, route: &str) -> Self {
        Self(format!("{event}:{route}"))
    }

    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_provider_id_at_the_same_endpoint_is_the_same_event() {
        assert_eq!(EventId::derived("payments", "evt_1"), EventId::derived("payments", "evt_1"));
        assert_ne!(EventId::derived("payments", "evt_1"), EventId::derived("payments", "evt_2"));
        assert_ne!(EventId::derived("a", "b1"), EventId::derived("ab", "1"));
    }

    #[test]
    fn an_id_has_its_prefix_and_twenty_six_characters() {
        let id = EventId::random();
        assert!(id.as_str().starts_with("evt_"));
        assert_eq!(id.as_str().len(), 30);
        assert_ne!(id, EventId::random());
    }
}
