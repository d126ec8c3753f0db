//! XML, read by `quick-xml`'s events. What that reader lets pass and XML does not, is refused here.

mod walk;
mod tree;
mod names;
mod references;
mod reasons;

use serde_json::Value;

use crate::{FormatError, Limits};

use tree::Tree;
use walk::Walk;

/// What is done with a document as it is walked through.
pub(crate) trait Sink {
    fn open(&mut self, name: &str);
    fn attribute(&mut self, name: &str, value: String);
    fn text(&mut self, text: &str);
    fn close(&mut self);
}

/// The whole tree, in the shape that the crate's page describes.
pub(crate) fn read(text: &str, limits: &Limits) -> Result<Value, FormatError> {
    let mut tree = Tree::default();
    Walk::new(text, limits, &mut tree).document()?;
    Ok(tree.into_value())
}

/// The verdict only.
pub(crate) fn check(text: &str, limits: &Limits) -> Result<(), FormatError> {
    Walk::new(text, limits, &mut Nothing).document()
}

struct Nothing;

impl Sink for Nothing {
    fn open(&mut self, _name: &str) {}
    fn attribute(&mut self, _name: &str, _value: String) {}
    fn text(&mut self, _text: &str) {}
    fn close(&mut self) {}
}

#[cfg(test)]
mod tests;
