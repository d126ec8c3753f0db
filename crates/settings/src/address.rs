//! URLs that Hookstream calls.

use std::fmt;

use url::Url;

use crate::secret;
use crate::section::Section;
use crate::shape::Kind;

/// What a handler's or alert's URL may be.
pub(crate) const HTTP: Kind = Kind::Url(&["http", "https"]);

/// Reads the key as an http(s) URL, variables filled in. None if absent or a mistake.
pub(crate) fn read(section: &Section<'_>, name: &str) -> Option<Url> {
    let given = section.text_at(name)?;
    let text = secret::resolve_text(section.report, &given.value, &given.span)?;
    let complain = |why: &str| {
        section.mistake(name, format!("`{name}` {why}"));
        None
    };
    match Url::parse(&text) {
        Err(error) => complain(&format!("is not a URL: {error}")),
        Ok(url) if !matches!(url.scheme(), "http" | "https") => {
            complain("must begin with http:// or https://")
        }
        Ok(url) if !url.has_host() => complain("names no host"),
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            complain("holds a user name or password, which logs would show; send them in a header instead")
        }
        Ok(url) => Some(url),
    }
}

/// Shows where a URL leads without its path and query, which may hold a token.
pub(crate) struct Origin<'a>(pub(crate) &'a Url);

impl fmt::Debug for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/…", self.0.origin().ascii_serialization())
    }
}
