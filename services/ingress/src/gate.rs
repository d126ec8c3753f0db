//! How much of a connection's bytes actix is given: one head within a bound, then the body that this head announced,
//! and nothing of the next request before this one is answered.
//!
//! Its parser takes a head of 128 KiB, and panics on a name of half that; it reads ahead up to sixteen requests. No
//! second parser is needed to stop both: a head ends with its first empty line, and the application says how long the
//! body is.

use std::cell::{Cell, RefCell};
use std::task::Waker;

use memchr::memchr;

/// Bytes of a head, with its first line and its line ends.
pub(crate) const LARGEST_HEAD: usize = 64 * 1024 - 1;

/// Given at once of a body whose end is not known beforehand.
const CHUNK: usize = 16 * 1024;

/// Where a connection is. It lives on one thread.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    stage: Cell<Stage>,
    head: Cell<Head>,
    /// Given of a body without an end since actix last had to look at what it has.
    given: Cell<usize>,
    /// The answer under way is the last.
    closing: Cell<bool>,
    waiting: RefCell<Option<Waker>>,
}

#[derive(Debug, Clone, Copy, Default)]
enum Stage {
    /// Of the next request.
    #[default]
    Head,
    /// A head has been given, with so many bytes after it, and actix has not said so yet.
    Given { after: usize },
    /// So many bytes are still to be given; `refused`: to be thrown away, since the answer is on its way.
    Body { left: u64, refused: bool },
    /// Where it ends will be told.
    Endless,
    /// All of the request has been given; it is being answered.
    Answering,
}

/// What has been given of a head.
#[derive(Debug, Clone, Copy, Default)]
struct Head {
    bytes: usize,
    begun: bool,
    /// The first line has ended, which has the target.
    first_line: bool,
    empty_line: bool,
}

/// How a head announced its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    Known(u64),
    Chunked,
}

/// What may be read now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowance {
    /// At most so many bytes.
    Bytes(usize),
    /// Nothing, until what was given has been looked at.
    Pause,
    /// Nothing, until [`Gate::begin`] or [`Gate::answered`].
    Wait,
}

/// A head has more than [`LARGEST_HEAD`] bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TooLarge {
    /// And all of them stand in its first line.
    Line,
    Head,
}

// === impl Gate ===

impl Gate {
    pub(crate) fn allows(&self) -> Allowance {
        if self.closing.get() {
            return Allowance::Bytes(usize::MAX);
        }
        match self.stage.get() {
            Stage::Head => Allowance::Bytes(usize::MAX),
            Stage::Body { left, .. } => Allowance::Bytes(usize::try_from(left).unwrap_or(usize::MAX)),
            Stage::Endless if self.given.get() < CHUNK => Allowance::Bytes(CHUNK),
            Stage::Endless => {
                self.given.set(0);
                Allowance::Pause
            }
            Stage::Given { .. } | Stage::Answering => Allowance::Wait,
        }
    }

    /// Woken when more may be read.
    pub(crate) fn wait(&self, waker: &Waker) {
        self.waiting.replace(Some(waker.clone()));
    }

    /// Bytes have been read and are given to actix.
    pub(crate) fn gives(&self, bytes: &[u8]) -> Result<(), TooLarge> {
        if self.closing.get() {
            return Ok(());
        }
        match self.stage.get() {
            Stage::Head => {
                let mut head = self.head.get();
                let end = head.end(bytes);
                self.head.set(head);
                if head.bytes > LARGEST_HEAD {
                    return Err(if head.first_line { TooLarge::Head } else { TooLarge::Line });
                }
                if let Some(end) = end {
                    self.stage.set(Stage::Given { after: bytes.len() - end });
                }
            }
            Stage::Body { left, refused } => self.stage.set(match left.saturating_sub(bytes.len() as u64) {
                0 if refused => Stage::Head,
                0 => Stage::Answering,
                left => Stage::Body { left, refused },
            }),
            Stage::Endless => self.given.set(self.given.get() + bytes.len()),
            Stage::Given { .. } | Stage::Answering => {}
        }
        Ok(())
    }

    /// A request has begun, whose head announced such a body.
    pub(crate) fn begin(&self, length: Length) {
        let (stage, ahead) = match (self.stage.get(), length) {
            (Stage::Given { after }, Length::Known(length)) => match length.saturating_sub(after as u64) {
                0 => (Stage::Answering, after - usize::try_from(length).unwrap_or(after)),
                left => (Stage::Body { left, refused: false }, 0),
            },
            // In chunks, or out of what was read beyond the request before: how much of it is left is not known.
            _ => (Stage::Endless, CHUNK),
        };
        self.stage.set(stage);
        self.given.set(0);
        self.head.set(Head { bytes: ahead, ..Head::default() });
        if !matches!(stage, Stage::Answering) {
            self.wake();
        }
    }

    /// The application has had all of the body.
    pub(crate) fn body_is_read(&self) {
        if matches!(self.stage.get(), Stage::Endless) {
            self.stage.set(Stage::Answering);
        }
    }

    /// The answer is on its way. What is left of the body is still given, to be thrown away.
    pub(crate) fn answered(&self) {
        self.stage.set(match self.stage.get() {
            Stage::Body { left, .. } => Stage::Body { left, refused: true },
            _ => Stage::Head,
        });
        self.wake();
    }

    /// Nothing that follows is taken for a request.
    pub(crate) fn close(&self) {
        self.closing.set(true);
        self.wake();
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.get()
    }

    /// Nothing has come of the next request.
    pub(crate) fn is_idle(&self) -> bool {
        matches!(self.stage.get(), Stage::Head) && !self.head.get().begun
    }

    fn wake(&self) {
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }
}

// === impl Head ===

impl Head {
    /// Goes on with these bytes. Where the head ends in them, if it does. Lines may end with LF alone, and the first
    /// may be empty.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(length) = memchr(b'\n', &bytes[at..]) {
            self.go_on_in_line(&bytes[at..at + length]);
            at += length + 1;
            if self.begun && self.empty_line {
                self.bytes += at;
                return Some(at);
            }
            (self.first_line, self.empty_line) = (self.begun, true);
        }
        self.go_on_in_line(&bytes[at..]);
        self.bytes += bytes.len();
        None
    }

    fn go_on_in_line(&mut self, part: &[u8]) {
        if part.iter().any(|byte| *byte != b'\r') {
            (self.begun, self.empty_line) = (true, false);
        }
    }
}

#[cfg(test)]
mod tests;
