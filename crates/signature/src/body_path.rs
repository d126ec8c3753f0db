//! One scalar out of a JSON body.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Before the name of a field of a form, in place of a path.
const FORM: &str = "form:";

/// The text, number or truth value at a dotted path, such as `data.items.0.id`; null, absence and everything else is
/// `None`. So is a key that stands there twice, and an item of a list with more than one, where `0` asks for the only
/// one: nobody could say which was meant. `form:name` is that field of a form.
pub(crate) fn pick(body: &[u8], path: &str) -> Option<String> {
    if let Some(name) = path.strip_prefix(FORM) {
        let mut values = form_urlencoded::parse(body).filter(|(own, _)| own == name);
        let (_, value) = values.next()?;
        return values.next().is_none().then(|| value.into_owned());
    }
    let steps: Vec<&str> = path.split('.').collect();
    let mut reader = serde_json::Deserializer::from_slice(body);
    let found = Step(&steps).deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    found
}

#[derive(Clone, Copy)]
struct Step<'p>(&'p [&'p str]);

impl<'de> DeserializeSeed<'de> for Step<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl Step<'_> {
    fn scalar<E>(self, text: &(impl ToString + ?Sized)) -> Result<Option<String>, E> {
        Ok(self.0.is_empty().then(|| text.to_string()))
    }
}

impl<'de> Visitor<'de> for Step<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        self.scalar(&value)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        self.scalar(&value)
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        self.scalar(&value)
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        self.scalar(&value)
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        self.scalar(value)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (first, rest) = self.0.split_first().map_or((None, self.0), |(first, rest)| (Some(*first), rest));
        let mut found = None;
        while let Some(key) = map.next_key::<std::borrow::Cow<'_, str>>()? {
            if Some(&*key) != first {
                map.next_value::<IgnoredAny>()?;
            } else if found.replace(map.next_value_seed(Step(rest))?).is_some() {
                return Err(A::Error::custom("the key stands there twice"));
            }
        }
        Ok(found.flatten())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let wanted = self.0.split_first().filter(|(first, _)| **first == "0");
        let mut found = None;
        if let Some((_, rest)) = wanted {
            found = items.next_element_seed(Step(rest))?.flatten();
        }
        while items.next_element::<IgnoredAny>()?.is_some() {
            found = None;
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scalar_is_found_at_its_path() {
        let body = br#"{"a":{"b":[{"c":"x","n":12,"f":true,"z":null}]},"t":"\u00e9"}"#;
        let at = |path| pick(body, path);
        assert_eq!(at("a.b.0.c").as_deref(), Some("x"));
        assert_eq!(at("a.b.0.n").as_deref(), Some("12"));
        assert_eq!(at("a.b.0.f").as_deref(), Some("true"));
        assert_eq!(at("t").as_deref(), Some("é"));
        for absent in ["a", "a.b", "a.b.0.z", "a.b.1.c", "x", "t.u", ""] {
            assert_eq!(at(absent), None, "{absent}");
        }
    }

    #[test]
    fn what_could_be_meant_in_two_ways_is_not_found() {
        assert_eq!(pick(br#"{"a":1,"a":2}"#, "a"), None);
        assert_eq!(pick(br#"[{"a":1},{"a":2}]"#, "0.a"), None);
        assert_eq!(pick(br#"{"a":1} {}"#, "a"), None);
        assert_eq!(pick(b"", "a"), None);
        assert_eq!(pick(b"a=1+2&b=3", "form:a").as_deref(), Some("1 2"));
        assert_eq!(pick(b"a=1&a=1", "form:a"), None);
        assert_eq!(pick(b"a=1", "form:b"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_may_be_looked_through(body: Vec<u8>, path in "[a-c0.]{0,8}") {
            let _ = pick(&body, &path);
        }
    }
}
