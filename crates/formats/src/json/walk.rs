//! Walks through without building anything, noting the few wanted values.

use std::fmt::{self, Display};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::path::{Open, Wanted};

use super::gate::Gate;

/// One value within `depth` containers, at which the `open` paths have arrived.
#[derive(Debug)]
pub(crate) struct Walk<'g, 'l, 'p> {
    gate: &'g mut Gate<'l>,
    wanted: &'g mut Wanted<'p>,
    open: &'g [Open<'p>],
    depth: usize,
}

/// An object's key: which paths stay open behind it. The text is not kept.
struct Key<'g, 'p> {
    wanted: &'g mut Wanted<'p>,
    open: &'g [Open<'p>],
}

// === impl Walk ===

impl<'g, 'l, 'p> Walk<'g, 'l, 'p> {
    pub(crate) fn root(gate: &'g mut Gate<'l>, wanted: &'g mut Wanted<'p>, open: &'g [Open<'p>]) -> Self {
        Self { gate, wanted, open, depth: 0 }
    }

    fn inner<'i>(&'i mut self, open: &'i [Open<'p>]) -> Walk<'i, 'l, 'p> {
        Walk { gate: self.gate, wanted: self.wanted, open, depth: self.depth + 1 }
    }

    fn scalar<E: Error>(self, text: Option<&dyn Display>) -> Result<(), E> {
        self.gate.value()?;
        self.wanted.arrive(self.open, text);
        Ok(())
    }

    fn container<E: Error>(&mut self) -> Result<(), E> {
        self.gate.container(self.depth + 1)?;
        self.wanted.arrive(self.open, None);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<(), D::Error> {
        parser.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.scalar(None)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.scalar(Some(&value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.scalar(Some(&value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.scalar(Some(&value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        // By way of JSON, so that 1.0 and 1e300 are written as `read` writes them.
        self.scalar(serde_json::Number::from_f64(value).as_ref().map(|number| number as &dyn Display))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.scalar(Some(&value))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.container()?;
        for position in 0.. {
            let open: Vec<_> = self.open.iter().filter_map(|open| open.behind_item(position)).collect();
            if items.next_element_seed(self.inner(&open))?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        self.container()?;
        while let Some(open) = entries.next_key_seed(Key { wanted: self.wanted, open: self.open })? {
            entries.next_value_seed(self.inner(&open))?;
        }
        Ok(())
    }
}

// === impl Key ===

impl<'de, 'p> DeserializeSeed<'de> for Key<'_, 'p> {
    type Value = Vec<Open<'p>>;

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<Self::Value, D::Error> {
        parser.deserialize_str(self)
    }
}

impl<'de, 'p> Visitor<'de> for Key<'_, 'p> {
    type Value = Vec<Open<'p>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.wanted.enter_key(self.open, key))
    }
}
