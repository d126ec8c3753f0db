//! An XML document as JSON.

use serde_json::map::Entry;
use serde_json::{Map, Value};

use super::Sink;

/// The elements open now, the outermost first: the first stands for the document.
#[derive(Debug)]
pub(crate) struct Tree {
    open: Vec<Element>,
}

#[derive(Debug, Default)]
struct Element {
    name: String,
    /// Attributes and children.
    members: Map<String, Value>,
    text: String,
}

// === impl Tree ===

impl Default for Tree {
    fn default() -> Self {
        Self { open: vec![Element::default()] }
    }
}

impl Tree {
    pub(crate) fn into_value(mut self) -> Value {
        self.open.pop().map(|document| Value::Object(document.members)).unwrap_or_default()
    }

    fn last(&mut self) -> Option<&mut Element> {
        self.open.last_mut()
    }
}

impl Sink for Tree {
    fn open(&mut self, name: &str) {
        self.open.push(Element { name: name.to_owned(), ..Element::default() });
    }

    fn attribute(&mut self, name: &str, value: String) {
        if let Some(element) = self.last() {
            element.members.insert(format!("@{name}"), Value::String(value));
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(element) = self.last() {
            element.text.push_str(text);
        }
    }

    fn close(&mut self) {
        let Some(element) = self.open.pop() else { return };
        if let Some(parent) = self.last() {
            let (name, value) = element.finish();
            parent.add(name, value);
        }
    }
}

// === impl Element ===

impl Element {
    fn finish(mut self) -> (String, Value) {
        let text = self.text.trim_matches([' ', '\t', '\r', '\n']);
        if self.members.is_empty() {
            return (self.name, Value::from(text));
        }
        if !text.is_empty() {
            self.members.insert("#text".to_owned(), Value::from(text));
        }
        (self.name, Value::Object(self.members))
    }

    /// A second child of a name makes an array of both. (A child is text or an object, never itself an array.)
    fn add(&mut self, name: String, value: Value) {
        match self.members.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(value);
            }
            Entry::Occupied(mut entry) => match entry.get_mut() {
                Value::Array(items) => items.push(value),
                first => *first = Value::Array(vec![first.take(), value]),
            },
        }
    }
}
