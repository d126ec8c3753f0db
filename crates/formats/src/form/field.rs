//! One `name=value`.

use std::borrow::Cow;

use crate::{Format, FormatError};

/// A field, decoded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) value: String,
}

// === impl Field ===

impl Field {
    /// `offset` is where the pair stands in the body. Without `=`, the value is empty.
    pub(crate) fn parse(pair: &str, offset: usize) -> Result<Self, FormatError> {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok(Self { name: decode(name, offset)?, value: decode(value, offset + name.len() + 1)? })
    }
}

/// `+` is a space, `%20` a byte; everything else is itself.
fn decode(text: &str, offset: usize) -> Result<String, FormatError> {
    let malformed = |what: &'static str, at: usize| FormatError::malformed(Format::Form, what, offset + at);
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let (byte, length) = match bytes[at] {
            b'+' => (b' ', 1),
            b'%' => (
                escaped(bytes, at).ok_or_else(|| malformed("`%` is not followed by two hex digits", at))?,
                3,
            ),
            byte => (byte, 1),
        };
        if byte == 0 {
            return Err(malformed("a field contains NUL", at));
        }
        decoded.push(byte);
        at += length;
    }
    String::from_utf8(decoded).map_err(|_| malformed("a field is not UTF-8", 0))
}

fn escaped(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let value = digit(bytes.get(at + 1)?)? * 16 + digit(bytes.get(at + 2)?)?;
    u8::try_from(value).ok()
}

/// A field's name as the steps to its place. `last[]` asks for an array there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place<'n> {
    pub(crate) steps: Vec<Cow<'n, str>>,
    pub(crate) list: bool,
}

// === impl Place ===

impl<'n> Place<'n> {
    /// `a[b][c]` is three steps, `a[b][]` two and an array. A name whose brackets follow no such rule is taken as
    /// it is written.
    pub(crate) fn of(name: &'n str) -> Self {
        Self::nested(name).unwrap_or_else(|| Self { steps: vec![name.into()], list: false })
    }

    fn nested(name: &'n str) -> Option<Self> {
        let (head, rest) = name.split_at(name.find('[')?);
        let (rest, list) = rest.strip_suffix("[]").map_or((rest, false), |rest| (rest, true));
        let mut steps = vec![plain(head)?.into()];
        if !rest.is_empty() {
            let inner = rest.strip_prefix('[')?.strip_suffix(']')?;
            for step in inner.split("][") {
                steps.push(plain(step)?.into());
            }
        }
        Some(Self { steps, list })
    }
}

fn plain(step: &str) -> Option<&str> {
    (!step.is_empty() && !step.contains(['[', ']'])).then_some(step)
}
