//! Puts a value into a body, as a provider does that signs there.

use serde_json::{Map, Value};

/// The body with `value` at a dotted path of JSON, or in the field of a form after `form:`; what is on the way there is
/// made. `None` if the body is no form or no JSON, or something else stands on the way.
pub(crate) fn put(body: &[u8], path: &str, value: &str) -> Option<Vec<u8>> {
    if let Some(name) = path.strip_prefix("form:") {
        str::from_utf8(body).ok()?;
        let others = form_urlencoded::parse(body).filter(|(own, _)| own != name);
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(others).append_pair(name, value);
        return Some(form.finish().into_bytes());
    }
    let mut json: Value = serde_json::from_slice(body).ok()?;
    let mut place = &mut json;
    for step in path.split('.') {
        place = match step.parse::<usize>() {
            Ok(0) => {
                let items = made(place, || Value::Array(Vec::new())).as_array_mut()?;
                if items.is_empty() {
                    items.push(Value::Null);
                }
                items.first_mut()?
            }
            _ => {
                made(place, || Value::Object(Map::new())).as_object_mut()?.entry(step).or_insert(Value::Null)
            }
        };
    }
    *place = Value::from(value);
    serde_json::to_vec(&json).ok()
}

fn made(place: &mut Value, make: impl FnOnce() -> Value) -> &mut Value {
    if place.is_null() {
        *place = make();
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &str, path: &str) -> Option<String> {
        put(body.as_bytes(), path, "v").map(|body| String::from_utf8(body).unwrap())
    }

    #[test]
    fn a_value_is_put_where_it_belongs() {
        assert_eq!(text("{\"a\":1}", "b.c").as_deref(), Some("{\"a\":1,\"b\":{\"c\":\"v\"}}"));
        assert_eq!(text("{}", "a.0.b").as_deref(), Some("{\"a\":[{\"b\":\"v\"}]}"));
        assert_eq!(text("{\"a\":[{\"b\":1}]}", "a.0.b").as_deref(), Some("{\"a\":[{\"b\":\"v\"}]}"));
        assert_eq!(text("a=1&b=x+y", "form:a").as_deref(), Some("b=x+y&a=v"));
        assert_eq!(text("{\"a\":1}", "a.b"), None);
        assert_eq!(text("no JSON", "a"), None);
    }
}
