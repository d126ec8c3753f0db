//! Shared by the tests.

use settings::{Mistake, Mistakes, Settings};

/// Variables that the examples name.
pub(crate) fn env(name: &str) -> Option<String> {
    name.ends_with("_SECRET").then(|| format!("value-of-{name}"))
}

pub(crate) fn read(text: &str) -> Result<Settings, Mistakes> {
    settings::parse(text, "hookstream.toml", &env)
}

pub(crate) fn good(text: &str) -> Settings {
    read(text).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

pub(crate) fn mistakes(text: &str) -> Vec<Mistake> {
    read(text).expect_err("the file is wrong").into_iter().collect()
}
