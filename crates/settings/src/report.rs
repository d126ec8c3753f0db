//! Collects the mistakes of one file while it is read.

use std::cell::RefCell;
use std::ops::Range;

use crate::mistakes::{Mistake, Mistakes, Place};

/// Looks up an environment variable.
pub type Env<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// The file being read, what may be asked of the environment, and what was found wrong so far.
pub(crate) struct Report<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
    pub(crate) env: &'a Env<'a>,
    found: RefCell<Vec<Found>>,
    elsewhere: RefCell<Vec<Mistake>>,
    hidden: RefCell<Vec<Range<usize>>>,
}

struct Found {
    offset: usize,
    message: String,
    suggestion: Option<String>,
}

impl<'a> Report<'a> {
    pub(crate) fn new(text: &'a str, file: &'a str, env: &'a Env<'a>) -> Self {
        let (found, elsewhere, hidden) = Default::default();
        Self { file, text, env, found, elsewhere, hidden }
    }

    pub(crate) fn mistake(&self, span: &Range<usize>, message: impl Into<String>) {
        self.mistake_near(span, message, None);
    }

    /// A mistake for which the right name is known.
    pub(crate) fn mistake_near(
        &self,
        span: &Range<usize>,
        message: impl Into<String>,
        suggestion: Option<String>,
    ) {
        self.found.borrow_mut().push(Found { offset: span.start, message: message.into(), suggestion });
    }

    /// A mistake in a variable rather than in the file.
    pub(crate) fn environment(&self, message: impl Into<String>) {
        self.elsewhere.borrow_mut().push(Mistake::of("environment", message));
    }

    /// Keeps this part of the file from being shown with a mistake on the same line.
    pub(crate) fn hide(&self, span: Range<usize>) {
        self.hidden.borrow_mut().push(span);
    }

    /// The mistakes found; none if the file is right.
    pub(crate) fn finish(self) -> Option<Mistakes> {
        let hidden = self.hidden.into_inner();
        let place = |found: Found| {
            let place = Place::find(self.text, found.offset, &hidden);
            Mistake::at(self.file, &place, found.message, found.suggestion)
        };
        let mut all: Vec<Mistake> = self.found.into_inner().into_iter().map(place).collect();
        all.extend(self.elsewhere.into_inner());
        (!all.is_empty()).then(|| Mistakes::new(all))
    }
}
