//! An entry's fields, taken out rather than copied.

use std::borrow::Cow;

use redis::{FromRedisValue, ParsingError, Value};

use crate::packed::Name;
use crate::{EntryError, packed};

/// The fields of one entry, unpacked, in the order in which they stand there.
///
/// Readers take them in about that order, so that each is found where the last one was: no table is built for an entry
/// that is read once.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    pairs: Vec<(Cow<'static, [u8]>, Vec<u8>)>,
    next: usize,
}

// === impl Fields ===

impl Fields {
    /// Takes a field out; an empty one is left in its place.
    pub(crate) fn take(&mut self, name: &str) -> Option<Vec<u8>> {
        let place = self.find(name)?;
        self.next = place + 1;
        Some(std::mem::take(&mut self.pairs[place].1))
    }

    pub(crate) fn take_text(&mut self, name: &'static str) -> Result<String, EntryError> {
        let bytes = self.take(name).ok_or(EntryError::Missing(name))?;
        String::from_utf8(bytes).map_err(|_| EntryError::Unreadable { field: name, expected: "UTF-8 text" })
    }

    pub(crate) fn take_number<N: std::str::FromStr>(&mut self, name: &'static str) -> Result<N, EntryError> {
        let bytes = self.take(name).ok_or(EntryError::Missing(name))?;
        let number = std::str::from_utf8(&bytes).ok().and_then(|text| text.parse().ok());
        number.ok_or(EntryError::Unreadable { field: name, expected: "a number" })
    }

    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.find(name).map(|place| &self.pairs[place].1[..])
    }

    /// What is packed in it comes out.
    fn add(&mut self, name: Vec<u8>, value: Vec<u8>) {
        match packed::unpack(&name, &value) {
            Some(parts) => {
                self.pairs.extend(parts.map(|(name, value)| (as_bytes(name), value.into_bytes())));
            }
            None => self.pairs.push((Cow::Owned(name), value)),
        }
    }

    /// Those of `others` that are not here yet.
    pub(crate) fn fill_in(&mut self, others: Self) {
        for (name, value) in others.pairs {
            if self.pairs.iter().all(|(own, _)| *own != name) {
                self.pairs.push((name, value));
            }
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.pairs.iter().map(|(name, value)| (&name[..], &value[..]))
    }

    fn find(&self, name: &str) -> Option<usize> {
        let (before, behind) = self.pairs.split_at(self.next);
        let is_it = |(own, _): &(Cow<'_, [u8]>, Vec<u8>)| **own == *name.as_bytes();
        behind.iter().position(is_it).map(|place| self.next + place).or_else(|| before.iter().position(is_it))
    }
}

impl FromRedisValue for Fields {
    fn from_redis_value_ref(value: &Value) -> Result<Self, ParsingError> {
        Self::from_redis_value(value.clone())
    }

    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        let pairs = value.into_map_iter().map_err(|_| "an entry's fields are not a list of pairs")?;
        let mut fields = Self::default();
        for (name, value) in pairs {
            fields.add(bytes(name)?, bytes(value)?);
        }
        Ok(fields)
    }
}

fn as_bytes(name: Name) -> Cow<'static, [u8]> {
    match name {
        Cow::Borrowed(name) => Cow::Borrowed(name.as_bytes()),
        Cow::Owned(name) => Cow::Owned(name.into_bytes()),
    }
}

fn bytes(value: Value) -> Result<Vec<u8>, ParsingError> {
    match value {
        Value::BulkString(bytes) => Ok(bytes),
        other => String::from_redis_value(other).map(String::into_bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Fields {
        let values = text.split(' ').map(|word| Value::BulkString(word.into()));
        Fields::from_redis_value(Value::Array(values.collect())).unwrap()
    }

    #[test]
    fn each_is_found_wherever_it_stands() {
        let mut fields = fields("a 1 b 2 c 3");
        for (name, value) in [("b", "2"), ("c", "3"), ("a", "1")] {
            assert_eq!(fields.take_text(name).as_deref(), Ok(value));
        }
        assert_eq!(fields.take("d"), None);
    }

    #[test]
    fn what_is_missing_or_is_not_what_it_should_be_is_told() {
        let mut fields = fields("a 1 b x");
        assert_eq!(
            fields.take_number::<u8>("b"),
            Err(EntryError::Unreadable { field: "b", expected: "a number" })
        );
        assert_eq!(fields.take_number::<u8>("c"), Err(EntryError::Missing("c")));
        assert_eq!(fields.take_number::<u8>("a"), Ok(1));
    }

    #[test]
    fn what_is_there_is_not_replaced() {
        let mut both = fields("a 1 b 2");
        both.fill_in(fields("b 3 c 4"));
        assert_eq!(["a", "b", "c"].map(|name| both.get(name).unwrap()), [b"1", b"2", b"4"]);
    }
}
