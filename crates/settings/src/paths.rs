//! Which endpoint answers at which path.

use std::collections::HashMap;
use std::ops::Range;

use crate::report::Report;

/// Path → place of the endpoint in `Settings::endpoints`.
#[derive(Debug, Default)]
pub(crate) struct Paths(HashMap<String, usize>);

/// An endpoint's names, and where they stand in the file.
pub(crate) struct Claim {
    pub(crate) id: String,
    pub(crate) path: Option<String>,
    pub(crate) id_span: Range<usize>,
    pub(crate) path_span: Range<usize>,
}

/// Paths that are the ingress's own, and everything below them.
const RESERVED: &[&str] = &["/health", "/ready", "/metrics", "/admin"];

impl Paths {
    /// Gives each endpoint `/webhook/<id>` and its own path. Clashes are mistakes.
    pub(crate) fn assign(report: &Report<'_>, claims: &[Claim]) -> Self {
        let mut paths = Self::default();
        for (index, claim) in claims.iter().enumerate() {
            if let Some(first) = paths.0.insert(default_path(&claim.id), index) {
                paths.0.insert(default_path(&claim.id), first);
                report.mistake(&claim.id_span, format!("there is already an endpoint `{}`", claim.id));
            }
        }
        for (index, claim) in claims.iter().enumerate() {
            let Some(path) = &claim.path else { continue };
            match paths.0.get(path) {
                Some(other) if *other != index => {
                    let other = &claims[*other].id;
                    let message = format!("the path {path} already belongs to the endpoint `{other}`");
                    report.mistake(&claim.path_span, message);
                }
                Some(_) => {}
                None => {
                    paths.0.insert(path.clone(), index);
                }
            }
        }
        paths
    }

    pub(crate) fn get(&self, path: &str) -> Option<usize> {
        self.0.get(path).copied()
    }
}

pub(crate) fn default_path(id: &str) -> String {
    format!("/webhook/{id}")
}

/// What is wrong with an endpoint's id, if anything.
pub(crate) fn bad_id(id: &str) -> Option<&'static str> {
    let proper = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if id.is_empty() || id.len() > 64 || !id.chars().all(proper) || id.starts_with('.') {
        return Some("`id` takes letters, digits, `-`, `_` and `.` (not first), 1 to 64 of them");
    }
    None
}

/// What is wrong with an endpoint's own path, if anything.
pub(crate) fn bad_path(path: &str) -> Option<String> {
    let proper = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
    let below =
        |reserved: &&&str| path.strip_prefix(**reserved).is_some_and(|r| r.is_empty() || r.starts_with('/'));
    if !path.starts_with('/') || path.len() < 2 {
        return Some("`path` must begin with `/` and name something".to_owned());
    }
    if !path.chars().all(proper) {
        return Some("`path` takes letters, digits, `/`, `-`, `_`, `.` and `~`".to_owned());
    }
    if path[1..].split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Some("`path` must not hold `//`, `/./` or `/../`, nor end with `/`".to_owned());
    }
    let own = RESERVED.iter().find(below)?;
    Some(format!("{own} is Hookstream's own; choose another path, such as /webhook{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_could_not_be_reached_or_shadow_our_own_are_refused() {
        for path in ["webhook", "/", "/a b", "/a?x", "/a/", "//a", "/a/../b", "/health", "/admin/x", "/{id}"]
        {
            assert!(bad_path(path).is_some(), "{path}");
        }
        for path in ["/webhook/stripe", "/healthy", "/administer", "/a/b-c_d.e~f"] {
            assert_eq!(bad_path(path), None, "{path}");
        }
    }
}
