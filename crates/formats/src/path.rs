//! Dotted paths: finding one in a value, and several while a body streams by.

use serde_json::Value;

/// The value at a dotted path such as `data.object.status` or `items.0.id`.
///
/// A number steps into an array. A key may itself contain dots: of several keys that fit, the longest is tried
/// first, so that `a.b` finds the key `a.b` before the key `b` within `a`. Allocates nothing.
pub fn lookup<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    match value {
        Value::Object(map) => {
            let mut end = path.len();
            loop {
                if let Some(inner) = map.get(&path[..end]) {
                    let found = if end == path.len() { Some(inner) } else { lookup(inner, &path[end + 1..]) };
                    if found.is_some() {
                        return found;
                    }
                }
                end = path[..end].rfind('.')?;
            }
        }
        Value::Array(items) => {
            let (head, rest) = split(path);
            let inner = items.get(index(head)?)?;
            rest.map_or(Some(inner), |rest| lookup(inner, rest))
        }
        _ => None,
    }
}

/// Paths looked for while a body streams by, and what was found for each.
#[derive(Debug)]
pub(crate) struct Wanted<'p> {
    paths: Vec<&'p str>,
    /// For each path, what stands at its end by each way that fits.
    found: Vec<Vec<Found>>,
}

/// What stands at a path's end. `steps` are the lengths of the keys that led there: of several ways, the greatest
/// list is the one that [`lookup`] takes.
#[derive(Debug)]
struct Found {
    steps: Vec<usize>,
    text: Option<String>,
}

/// One path that is still open at the present place of the walk.
#[derive(Debug, Clone)]
pub(crate) struct Open<'p> {
    which: usize,
    /// What is left of the path; `None` at its end.
    rest: Option<&'p str>,
    steps: Vec<usize>,
}

// === impl Wanted ===

impl<'p> Wanted<'p> {
    pub(crate) fn none() -> Self {
        Self { paths: Vec::new(), found: Vec::new() }
    }

    pub(crate) fn new(paths: &[&'p str]) -> Self {
        Self { paths: paths.to_vec(), found: paths.iter().map(|_| Vec::new()).collect() }
    }

    pub(crate) fn into_texts(self) -> Vec<Option<String>> {
        let best = |ways: Vec<Found>| ways.into_iter().max_by(|a, b| a.steps.cmp(&b.steps))?.text;
        self.found.into_iter().map(best).collect()
    }

    /// The paths that are open at the root.
    pub(crate) fn open(&self) -> Vec<Open<'p>> {
        let open = |(which, path): (usize, &&'p str)| Open { which, rest: Some(*path), steps: Vec::new() };
        self.paths.iter().enumerate().map(open).collect()
    }

    /// The paths that stay open behind this key. What was found behind an earlier key of the same name is
    /// forgotten: the last one counts.
    pub(crate) fn enter_key(&mut self, open: &[Open<'p>], key: &str) -> Vec<Open<'p>> {
        let inner: Vec<_> = open.iter().filter_map(|open| open.behind_key(key)).collect();
        for open in &inner {
            self.found[open.which].retain(|found| !found.steps.starts_with(&open.steps));
        }
        inner
    }

    /// The value at this place begins: notes it for the paths that end here.
    pub(crate) fn arrive(&mut self, open: &[Open<'p>], text: Option<&dyn std::fmt::Display>) {
        for open in open.iter().filter(|open| open.rest.is_none()) {
            let text = text.map(ToString::to_string);
            self.found[open.which].push(Found { steps: open.steps.clone(), text });
        }
    }
}

// === impl Open ===

impl<'p> Open<'p> {
    fn behind_key(&self, key: &str) -> Option<Self> {
        let rest = self.rest?.strip_prefix(key)?;
        let rest = if rest.is_empty() { None } else { Some(rest.strip_prefix('.')?) };
        Some(self.step(key.len(), rest))
    }

    /// This path behind the item at `position` of an array.
    pub(crate) fn behind_item(&self, position: usize) -> Option<Self> {
        let (head, rest) = split(self.rest?);
        (index(head)? == position).then(|| self.step(head.len(), rest))
    }

    fn step(&self, length: usize, rest: Option<&'p str>) -> Self {
        let mut steps = self.steps.clone();
        steps.push(length);
        Self { which: self.which, rest, steps }
    }
}

fn split(path: &str) -> (&str, Option<&str>) {
    path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)))
}

/// An array index: decimal digits without leading zeros.
fn index(text: &str) -> Option<usize> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests;
