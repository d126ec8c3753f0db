//! A table of the file, read by key. Values of the wrong type were reported by `inspect` and read as absent here.

use std::ops::Range;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::report::Report;
use crate::shape::{Key, Shape};
use crate::value;

/// A table, its shape and the report that its mistakes go to.
#[derive(Clone)]
pub(crate) struct Section<'a> {
    pub(crate) report: &'a Report<'a>,
    shape: &'static Shape,
    /// Absent: every key has its default.
    table: Option<&'a DeTable<'a>>,
    span: Range<usize>,
}

/// Something read, and where it stands in the file.
#[derive(Debug, Clone)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) span: Range<usize>,
}

impl<'a> Section<'a> {
    pub(crate) fn new(
        report: &'a Report<'a>,
        shape: &'static Shape,
        table: Option<&'a DeTable<'a>>,
        span: Range<usize>,
    ) -> Self {
        Self { report, shape, table, span }
    }

    fn key(&self, name: &str) -> Option<&'static Key> {
        let key = self.shape.key(name);
        debug_assert!(key.is_some(), "{} has no key `{name}` in its shape", self.shape.title);
        key
    }

    /// The value as it stands in the file.
    pub(crate) fn given(&self, name: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.key(name)?;
        self.table?.get(name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.given(name).is_some()
    }

    /// Where to point for this key: its value, or the table if the key is absent.
    pub(crate) fn place(&self, name: &str) -> Range<usize> {
        self.given(name).map_or_else(|| self.span.clone(), Spanned::span)
    }

    pub(crate) fn mistake(&self, name: &str, message: impl Into<String>) {
        self.report.mistake(&self.place(name), message);
    }

    /// The value given if it suits the key, or the default, converted.
    pub(crate) fn read<T>(&self, name: &str, convert: impl Fn(&DeValue<'_>) -> Option<T>) -> Option<T> {
        let key = self.key(name)?;
        let given = self.given(name).map(Spanned::get_ref).filter(|value| value::suits(&key.kind, value));
        given.and_then(&convert).or_else(|| {
            let default = DeValue::parse(key.default?).ok()?;
            convert(default.get_ref())
        })
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.read(name, value::text)
    }

    /// False if there is neither a value nor a default.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.read(name, |value| value.as_bool()).unwrap_or_default()
    }

    pub(crate) fn whole<T: TryFrom<i64>>(&self, name: &str) -> Option<T> {
        self.read(name, value::whole).and_then(|n| T::try_from(n).ok())
    }

    pub(crate) fn seconds(&self, name: &str) -> Duration {
        self.read(name, value::seconds).unwrap_or_default()
    }

    pub(crate) fn number(&self, name: &str) -> f64 {
        self.read(name, value::number).unwrap_or_default()
    }

    /// The items of a list that can be converted, or of the default's.
    pub(crate) fn items<T>(&self, name: &str, convert: impl Fn(&DeValue<'_>) -> Option<T>) -> Vec<T> {
        let all = |list: &DeValue<'_>| {
            let list = list.as_array()?;
            Some(list.iter().filter_map(|item| convert(item.get_ref())).collect())
        };
        self.read(name, all).unwrap_or_default()
    }

    /// The texts of a list, with their places. Lists with defaults are read with [`Section::items`].
    pub(crate) fn texts(&self, name: &str) -> Vec<At<String>> {
        let list = self.given(name).and_then(|value| value.get_ref().as_array());
        let text = |item: &Spanned<DeValue<'_>>| {
            value::text(item.get_ref()).map(|value| At { value, span: item.span() })
        };
        list.map(|list| list.iter().filter_map(text).collect()).unwrap_or_default()
    }

    /// One text with its place.
    pub(crate) fn text_at(&self, name: &str) -> Option<At<String>> {
        let given = self.given(name)?;
        value::text(given.get_ref()).map(|value| At { value, span: given.span() })
    }

    /// The table under this key; one of defaults if there is none.
    pub(crate) fn table(&self, name: &str, shape: &'static Shape) -> Self {
        let given = self.given(name);
        let table = given.and_then(|value| value.get_ref().as_table());
        Section::new(self.report, shape, table, self.place(name))
    }

    /// The tables of a list.
    pub(crate) fn tables(&self, name: &str, shape: &'static Shape) -> Vec<Self> {
        let list = self.given(name).and_then(|value| value.get_ref().as_array());
        let section = |item: &'a Spanned<DeValue<'a>>| {
            let table = item.get_ref().as_table()?;
            Some(Section::new(self.report, shape, Some(table), item.span()))
        };
        list.map(|list| list.iter().filter_map(section).collect()).unwrap_or_default()
    }

    /// The entries of a table whose keys the user chose, each with its key's place.
    pub(crate) fn entries(&self, name: &str) -> Vec<(At<String>, &'a Spanned<DeValue<'a>>)> {
        let table = self.given(name).and_then(|value| value.get_ref().as_table());
        let entry = |(key, value): (&Spanned<std::borrow::Cow<'_, str>>, &'a Spanned<DeValue<'a>>)| {
            (At { value: key.get_ref().to_string(), span: key.span() }, value)
        };
        table.map(|table| table.iter().map(entry).collect()).unwrap_or_default()
    }
}
