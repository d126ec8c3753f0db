//! Request headers as data: in the order received, repeats kept.

use serde::{Deserialize, Serialize};

/// Header names (lower case) and values. Written as JSON `[["name","value"],…]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_ascii_lowercase(), value.into()));
    }

    /// The first value of this header; `name` in any case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// Every value of this header, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).expect("strings are always JSON")
    }

    /// Reads what [`Headers::to_json`] wrote; anything else is taken as no headers.
    pub fn from_json(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
}

impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut headers = Self::default();
        for (name, value) in pairs {
            headers.push(name.as_ref(), value);
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_repeats_are_kept() {
        let headers: Headers = [("X-A", "1"), ("x-a", "2"), ("X-B", "3")].into_iter().collect();
        assert_eq!(headers.get("x-A"), Some("1"));
        assert_eq!(headers.all("X-A").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(Headers::from_json(&headers.to_json()), headers);
    }
}
