//! The providers that are built in: `providers.toml`.

use std::{collections::BTreeMap, sync::LazyLock};

use crate::{Scheme, SchemeTable};

/// A provider that is built in.
struct Builtin {
    table: SchemeTable,
    scheme: Scheme,
}

/// By name, in the order of the alphabet.
static BUILTINS: LazyLock<BTreeMap<String, Builtin>> = LazyLock::new(|| {
    let tables: BTreeMap<String, SchemeTable> = toml::from_str(include_str!("providers.toml"))
        .expect("the built-in table is well formed: a test reads it");
    let build = |(name, table): (String, SchemeTable)| {
        let scheme =
            table.clone().into_scheme(&name).expect("the built-in schemes are right: a test builds them");
        (name, Builtin { table, scheme })
    };
    tables.into_iter().map(build).collect()
});

static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| BUILTINS.keys().map(String::as_str).collect());

fn builtin(name: &str) -> Option<&'static Builtin> {
    let is_alias = |built: &&Builtin| built.table.aliases.iter().flatten().any(|alias| alias == name);
    BUILTINS.get(name).or_else(|| BUILTINS.values().find(is_alias))
}

impl Scheme {
    /// The scheme of a provider that is built in, or `custom` for an HMAC-SHA256 of the body in
    /// `X-Webhook-Signature`.
    pub fn named(name: &str) -> Option<Self> {
        builtin(name).map(|built| built.scheme.clone())
    }

    /// Stripe: `Stripe-Signature: t=…,v1=…`. Stripe's libraries look only backwards in time, this one both ways.
    pub fn stripe() -> Self {
        known("stripe")
    }

    /// GitHub: `X-Hub-Signature-256: sha256=…`. The older `X-Hub-Signature` (SHA-1) is not looked at.
    pub fn github() -> Self {
        known("github")
    }

    /// Slack: `X-Slack-Signature: v0=…`, the time in `X-Slack-Request-Timestamp`.
    pub fn slack() -> Self {
        known("slack")
    }

    /// Standard Webhooks: `webhook-signature: v1,…`. Signatures of other versions are ignored.
    pub fn standard_webhooks() -> Self {
        known("standard-webhooks")
    }

    /// The names that [`named`](Self::named) knows, without their aliases, in the order of the alphabet.
    pub fn names() -> &'static [&'static str] {
        &NAMES
    }

    /// Every provider that is built in, with the table that describes it.
    pub fn builtins() -> impl Iterator<Item = (&'static Self, &'static SchemeTable)> {
        BUILTINS.values().map(|built| (&built.scheme, &built.table))
    }
}

impl SchemeTable {
    /// The table of a provider that is built in.
    pub fn named(name: &str) -> Option<Self> {
        builtin(name).map(|built| built.table.clone())
    }
}

fn known(name: &str) -> Scheme {
    Scheme::named(name).expect("it is in the built-in table: a test asks for it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Encoding;

    #[test]
    fn every_name_has_its_scheme_and_no_name_has_two() {
        assert!(Scheme::names().len() >= 46, "{}", Scheme::names().len());
        let mut all: Vec<&str> = Scheme::names().to_vec();
        for (scheme, table) in Scheme::builtins() {
            assert_eq!(Scheme::named(scheme.name()).as_ref(), Some(scheme));
            all.extend(table.aliases.iter().flatten().map(String::as_str));
        }
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert_eq!(Scheme::named("nobody"), None);
        for scheme in [Scheme::stripe(), Scheme::github(), Scheme::slack(), Scheme::standard_webhooks()] {
            assert!(scheme.warnings().is_empty());
        }
    }

    #[test]
    fn every_provider_says_how_its_signature_is_written_and_where_that_is_documented() {
        for (scheme, table) in Scheme::builtins().filter(|(scheme, _)| scheme.name() != "custom") {
            assert!(table.title.is_some() && table.docs.is_some(), "{}", scheme.name());
            assert_ne!(scheme.encoding(), Encoding::Either, "{}", scheme.name());
        }
    }
}
