//! How durable what Redis acknowledges is, asked of the server itself.

use std::collections::HashMap;
use std::fmt;

use crate::{Store, StoreError, Vitals};

/// How soon what Redis has acknowledged is on its disk. The later, the more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// Whenever it comes to it, or never: a restart may lose everything.
    Memory,
    /// Once a second: a power cut loses up to two seconds.
    EverySecond,
    /// Before the answer: nothing acknowledged is lost but with the disk.
    Always,
}

/// What a server does about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeps {
    /// None: the server does not say how often it syncs.
    pub durability: Option<Durability>,
    /// The settings found, in the server's words.
    pub found: String,
}

// === impl Durability ===

impl Durability {
    /// What may be lost, for people.
    pub fn loses(self) -> &'static str {
        match self {
            Self::Memory => "a restart of Redis may lose everything",
            Self::EverySecond => "if Redis' machine dies, the last two seconds may go with it",
            Self::Always => "nothing that was acknowledged is lost but with the disk",
        }
    }

    /// As the configuration has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::EverySecond => "everysec",
            Self::Always => "always",
        }
    }
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

// === impl Keeps ===

impl Keeps {
    fn of(settings: &HashMap<String, String>) -> Self {
        let is = |name: &str, value: &str| settings.get(name).is_some_and(|found| found == value);
        let says = |name: &str| settings.get(name).map_or("unknown", String::as_str).to_owned();
        if !is("appendonly", "yes") {
            return Self { durability: Some(Durability::Memory), found: "appendonly no".to_owned() };
        }
        let fsync = says("appendfsync");
        let mut found = format!("appendonly yes, appendfsync {fsync}");
        // While the file is rewritten, nothing is synced: that may take minutes.
        let paused = is("no-appendfsync-on-rewrite", "yes");
        if paused {
            found.push_str(", no-appendfsync-on-rewrite yes");
        }
        let durability = match fsync.as_str() {
            "always" if !paused => Durability::Always,
            "everysec" if !paused => Durability::EverySecond,
            _ => Durability::Memory,
        };
        Self { durability: Some(durability), found }
    }

    /// What can be said without `CONFIG`: whether there is an append-only file, not how often it is synced.
    fn of_vitals(vitals: &Vitals) -> Self {
        let (durability, found) = match vitals.append_only {
            Some(false) => (Some(Durability::Memory), "appendonly no"),
            Some(true) => (None, "appendonly yes, appendfsync unknown (CONFIG GET is forbidden here)"),
            None => (None, "unknown (CONFIG GET and INFO are forbidden here)"),
        };
        Self { durability, found: found.to_owned() }
    }
}

impl Store {
    /// How durable the server is by its own settings; where it forbids `CONFIG`, by what `INFO` said in `vitals`.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn keeps(&self, vitals: &Vitals) -> Result<Keeps, StoreError> {
        // One by one: a Redis before 7.0 takes one name at a time.
        let mut together = redis::pipe();
        for name in ["appendonly", "appendfsync", "no-appendfsync-on-rewrite"] {
            together.cmd("CONFIG").arg("GET").arg(name);
        }
        let asked: Result<Vec<HashMap<String, String>>, _> = together.query_async(&mut self.commands()).await;
        match asked.map_err(StoreError::from) {
            Ok(answers) => {
                let settings: HashMap<String, String> = answers.into_iter().flatten().collect();
                if settings.contains_key("appendonly") {
                    Ok(Keeps::of(&settings))
                } else {
                    Ok(Keeps::of_vitals(vitals))
                }
            }
            // `-NOPERM` by an ACL; "unknown command" where the command was renamed away or a service hides it.
            Err(StoreError::Denied(_) | StoreError::Refused(_)) => Ok(Keeps::of_vitals(vitals)),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeps(settings: &[(&str, &str)]) -> Option<Durability> {
        let owned = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Keeps::of(&owned.collect()).durability
    }

    #[test]
    fn the_servers_settings_say_what_it_keeps() {
        assert_eq!(keeps(&[("appendonly", "no"), ("appendfsync", "always")]), Some(Durability::Memory));
        assert_eq!(keeps(&[("appendonly", "yes"), ("appendfsync", "always")]), Some(Durability::Always));
        assert_eq!(
            keeps(&[("appendonly", "yes"), ("appendfsync", "everysec")]),
            Some(Durability::EverySecond)
        );
        assert_eq!(keeps(&[("appendonly", "yes"), ("appendfsync", "no")]), Some(Durability::Memory));
    }

    #[test]
    fn a_sync_that_pauses_while_the_file_is_rewritten_is_none_to_rely_on() {
        let settings =
            [("appendonly", "yes"), ("appendfsync", "always"), ("no-appendfsync-on-rewrite", "yes")];
        assert_eq!(keeps(&settings), Some(Durability::Memory));
    }

    #[test]
    fn info_alone_says_whether_there_is_a_file_but_not_how_often_it_is_synced() {
        let said = |append_only| Keeps::of_vitals(&Vitals { append_only, ..Vitals::default() }).durability;
        assert_eq!(said(Some(false)), Some(Durability::Memory));
        assert_eq!(said(Some(true)), None);
        assert_eq!(said(None), None);
    }

    #[test]
    fn more_durable_is_more() {
        assert!(Durability::Always > Durability::EverySecond && Durability::EverySecond > Durability::Memory);
    }
}
