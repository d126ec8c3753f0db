//! One walk through a document, from its declaration to its end.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesDecl, BytesStart, Event};

use crate::limits::Budget;
use crate::{Excess, Format, FormatError, Limits};

use super::names::{first_forbidden, is_name};
use super::references::{expand, resolve};
use super::{Sink, reasons};

type Reason = Cow<'static, str>;

/// Where the walk stands.
pub(crate) struct Walk<'t, 'l, S> {
    text: &'t str,
    reader: Reader<&'t [u8]>,
    budget: Budget<'l>,
    sink: &'l mut S,
    /// Elements open now.
    depth: usize,
    root_seen: bool,
    /// Where the present event begins.
    offset: usize,
}

/// Why the walk ends early.
enum Stop {
    Malformed(Reason),
    TooComplex(Excess),
}

// === impl Walk ===

impl<'t, 'l, S: Sink> Walk<'t, 'l, S> {
    pub(crate) fn new(text: &'t str, limits: &'l Limits, sink: &'l mut S) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.check_comments = true;
        config.check_end_names = true;
        Self { text, reader, budget: Budget::new(limits), sink, depth: 0, root_seen: false, offset: 0 }
    }

    pub(crate) fn document(mut self) -> Result<(), FormatError> {
        if let Some(offset) = first_forbidden(self.text) {
            let what = "it contains a character that XML forbids, such as NUL";
            return Err(FormatError::malformed(Format::Xml, what, offset));
        }
        loop {
            self.offset = self.position(self.reader.buffer_position());
            let event = match self.reader.read_event() {
                Ok(Event::Eof) => return self.end().map_err(|stop| self.verdict(stop)),
                Ok(event) => event,
                Err(error) => {
                    self.offset = self.position(self.reader.error_position());
                    return Err(self.verdict(reasons::of(&error).into()));
                }
            };
            self.event(&event).map_err(|stop| self.verdict(stop))?;
        }
    }

    fn event(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        match event {
            Event::Start(tag) => self.open(tag),
            Event::Empty(tag) => self.open(tag).map(|()| self.close()),
            Event::End(_) => {
                self.close();
                Ok(())
            }
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(data) => {
                self.inside("a CDATA section").map(|()| self.sink.text(&data.xml10_content()))
            }
            Event::GeneralRef(reference) => {
                self.inside("a reference")?;
                let character = resolve(reference).map_err(|why| Stop::Malformed(why.into()))?;
                self.sink.text(character.encode_utf8(&mut [0; 4]));
                Ok(())
            }
            Event::DocType(_) => Err("it has a DOCTYPE, which is never accepted".into()),
            Event::Decl(declaration) => self.declaration(declaration),
            Event::PI(instruction) if !is_target(instruction.target()) => {
                Err("a processing instruction has no proper name".into())
            }
            Event::PI(_) | Event::Comment(_) | Event::Eof => Ok(()),
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), Stop> {
        if self.depth == 0 && self.root_seen {
            return Err("it has a second root element".into());
        }
        self.root_seen = true;
        self.depth += 1;
        self.budget.descend(self.depth)?;
        self.budget.spend()?;
        let name = tag.name().into_inner();
        if !is_name(name) {
            return Err("an element's name is not one".into());
        }
        self.sink.open(name);
        self.attributes(tag)
    }

    fn attributes(&mut self, tag: &BytesStart<'_>) -> Result<(), Stop> {
        let raw = tag.attributes_raw();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| Stop::from(reasons::of_attribute(&error)))?;
            self.budget.spend()?;
            let name = attribute.key.into_inner();
            if !is_name(name) {
                return Err("an attribute's name is not one".into());
            }
            // Both borrow from the tag, so that the difference is the name's place in it.
            let start = name.as_ptr().addr().saturating_sub(raw.as_ptr().addr());
            if !raw[..start].ends_with(BLANK) {
                return Err("two attributes have no space between them".into());
            }
            let value = expand(&attribute.value).map_err(|why| Stop::Malformed(why.into()))?;
            self.sink.attribute(name, value);
        }
        Ok(())
    }

    fn close(&mut self) {
        self.depth -= 1;
        self.sink.close();
    }

    fn text(&mut self, text: &str) -> Result<(), Stop> {
        if text.contains("]]>") {
            return Err("`]]>` stands in text; write `]]&gt;`".into());
        }
        if self.depth == 0 && text.trim_matches(BLANK).is_empty() {
            return Ok(());
        }
        self.inside("text").map(|()| self.sink.text(text))
    }

    fn inside(&self, what: &str) -> Result<(), Stop> {
        if self.depth > 0 {
            return Ok(());
        }
        Err(Stop::Malformed(format!("{what} stands outside the root element").into()))
    }

    fn declaration(&self, declaration: &BytesDecl<'_>) -> Result<(), Stop> {
        if self.offset > self.text.len() - self.text.trim_start_matches('\u{feff}').len() {
            return Err("its declaration does not stand at the very beginning".into());
        }
        let version = declaration.version().map_err(|error| Stop::from(reasons::of(&error)))?;
        if !version.starts_with("1.") {
            return Err("its version is not 1.0".into());
        }
        match declaration.encoding().transpose().map_err(|error| Stop::from(reasons::of_attribute(&error)))? {
            Some(name) if !is_utf8(&name) => {
                Err("its declaration names an encoding other than UTF-8; send UTF-8".into())
            }
            _ => Ok(()),
        }
    }

    fn end(&self) -> Result<(), Stop> {
        if self.depth > 0 {
            return Err("it ends before its elements are closed".into());
        }
        if self.root_seen { Ok(()) } else { Err("it has no root element".into()) }
    }

    fn verdict(&self, stop: Stop) -> FormatError {
        match stop {
            Stop::Malformed(what) => FormatError::malformed(Format::Xml, what, self.offset),
            Stop::TooComplex(excess) => excess.at(Format::Xml, self.offset),
        }
    }

    fn position(&self, position: u64) -> usize {
        usize::try_from(position).map_or(self.text.len(), |position| position.min(self.text.len()))
    }
}

// === impl Stop ===

impl From<&'static str> for Stop {
    fn from(why: &'static str) -> Self {
        Self::Malformed(why.into())
    }
}

impl From<Excess> for Stop {
    fn from(excess: Excess) -> Self {
        Self::TooComplex(excess)
    }
}

const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

/// A name, but not that of the declaration in another case.
fn is_target(text: &str) -> bool {
    is_name(text) && !text.eq_ignore_ascii_case("xml")
}

/// ASCII is a part of it.
fn is_utf8(encoding: &str) -> bool {
    encoding.eq_ignore_ascii_case("utf-8") || encoding.eq_ignore_ascii_case("us-ascii")
}
