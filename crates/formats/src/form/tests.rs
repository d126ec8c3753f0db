use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{Excess, Format, FormatError, Limits, check, read};

fn view(body: &str) -> Result<Value, FormatError> {
    let limits = Limits::default();
    let tree = read(Format::Form, body.as_bytes(), &limits);
    assert_eq!(check(Format::Form, body.as_bytes(), &limits).err(), tree.as_ref().err().cloned());
    tree
}

#[test]
fn fields_have_one_json_shape() {
    for (body, expected) in [
        ("", json!({})),
        ("&&", json!({})),
        ("a=1", json!({"a": "1"})),
        ("a=1&&b=2&", json!({"a": "1", "b": "2"})),
        ("a", json!({"a": ""})),
        ("a=", json!({"a": ""})),
        ("=x", json!({"": "x"})),
        ("a=b=c", json!({"a": "b=c"})),
        ("a+b=c+d%2Be%20f", json!({"a b": "c d+e f"})),
        ("a=%C3%A9é", json!({"a": "éé"})),
        ("a=1&a=2&a=3", json!({"a": ["1", "2", "3"]})),
        ("a[]=1", json!({"a": ["1"]})),
        ("a=1&a[]=2", json!({"a": ["1", "2"]})),
        ("a%5B%5D=1&a%5b%5d=2", json!({"a": ["1", "2"]})),
        ("a[b]=1&a[c][d]=2", json!({"a": {"b": "1", "c": {"d": "2"}}})),
        ("a[b]=1&a[b]=2", json!({"a": {"b": ["1", "2"]}})),
        ("a[b][]=1", json!({"a": {"b": ["1"]}})),
        ("a[0]=x&a[1]=y", json!({"a": {"0": "x", "1": "y"}})),
        ("a[b.c]=1", json!({"a": {"b.c": "1"}})),
        ("a[b]=2&a=1", json!({"a": {"": "1", "b": "2"}})),
        ("a=1&a[b]=2", json!({"a": {"": "1", "b": "2"}})),
        ("a=1&a=3&a[b]=2", json!({"a": {"": ["1", "3"], "b": "2"}})),
        (
            "a[][b]=1&a[b=2&[c]=3&a]b=4&a[b]c=5&[]=6",
            json!({
                "a[][b]": "1", "a[b": "2", "[c]": "3", "a]b": "4", "a[b]c": "5", "[]": "6",
            }),
        ),
    ] {
        assert_eq!(view(body).unwrap(), expected, "{body}");
    }
}

#[test]
fn a_lone_payload_that_holds_an_object_is_the_view() {
    assert_eq!(view("payload=%7B%22a%22%3A%5B1%5D%7D").unwrap(), json!({"a": [1]}));
    assert_eq!(view("payload=+{\"a\":1}").unwrap(), json!({"a": 1}));
    assert_eq!(view("payload={}&x=1").unwrap(), json!({"payload": "{}", "x": "1"}), "not alone");
    assert_eq!(view("x=1&payload={}").unwrap(), json!({"payload": "{}", "x": "1"}), "not alone");
    assert_eq!(view("payload={}&payload={}").unwrap(), json!({"payload": ["{}", "{}"]}), "not alone");
    assert_eq!(view("payload=text").unwrap(), json!({"payload": "text"}));
    assert_eq!(view("payload=[1]").unwrap(), json!({"payload": "[1]"}));
}

#[test]
fn a_payload_is_held_to_the_rules_of_json() {
    let error = view("payload={\"SECRET\":}").unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("the body is not valid form data: the JSON in its field `payload` is malformed: ")
    );
    assert!(!text.contains("SECRET"), "{text}");
    let deep = format!("payload={{\"a\":{}{}}}", "[".repeat(64), "]".repeat(64));
    assert_eq!(view(&deep).unwrap_err().code(), "body_too_complex");
}

#[test]
fn what_is_not_a_form_is_refused_with_its_place_and_nothing_of_it() {
    for (body, offset, what) in [
        ("a=%", 2, "two hex digits"),
        ("a=1&bc=d%4", 8, "two hex digits"),
        ("%zz=1", 0, "two hex digits"),
        ("a=%+1", 2, "two hex digits"),
        ("a=1&SECRET=x%FFy", 11, "not UTF-8"),
        ("a=%00", 2, "NUL"),
        ("a\u{0}=1", 1, "NUL"),
    ] {
        let error = view(body).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(what) && !text.contains("SECRET"), "{body:?}: {text}");
        assert_eq!((error.code(), error.offset()), ("malformed_body", offset), "{body:?}");
    }
    assert!(read(Format::Form, b"a=\xff", &Limits::default()).is_err());
}

#[test]
fn a_thousand_fields_are_read_and_one_more_is_not() {
    let fields = |count: usize| "a=1&".repeat(count);
    assert!(view(&fields(1_000)).is_ok());
    let error = view(&fields(1_001)).unwrap_err();
    assert_eq!(
        error,
        FormatError::TooComplex { format: Format::Form, what: Excess::Pairs(1_000), offset: 4_000 }
    );
}

#[test]
fn groups_are_as_deep_as_the_limit_says() {
    let nested = |depth: usize| format!("a{}=1", "[b]".repeat(depth - 1));
    assert!(view(&nested(64)).is_ok());
    assert!(view(&nested(63).replace('=', "[]=")).is_ok());
    assert_eq!(view(&nested(64).replace('=', "[]=")).unwrap_err().code(), "body_too_complex");
    for depth in [65, 300_000] {
        assert!(matches!(view(&nested(depth)), Err(FormatError::TooComplex { what: Excess::Depth(64), .. })));
    }
    let limits = Limits { max_nodes: 3, ..Limits::default() };
    assert!(read(Format::Form, b"a[b]=1&c=2", &limits).is_ok());
    assert_eq!(read(Format::Form, b"a[b]=1&c[d]=2", &limits).unwrap_err().code(), "body_too_complex");
}

proptest! {
    #[test]
    fn what_another_encoder_writes_is_read_back(
        fields in prop::collection::btree_map("[^\\[\\]\0]{1,8}", "[^\0]{0,12}", 0..6),
    ) {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        prop_assume!(!(fields.len() == 1 && fields.contains_key("payload")));
        prop_assert_eq!(view(&body).unwrap(), json!(fields));
    }

    #[test]
    fn groups_do_not_depend_on_the_order_of_their_fields(
        fields in prop::collection::vec((prop::sample::select(vec!["a", "a[b]", "a[b][c]", "d[]"]), "[x-z]"), 0..6)
            .prop_map(|mut fields| { fields.sort(); fields.dedup_by_key(|field| field.0); fields }).prop_shuffle(),
    ) {
        let body = |fields: &[(&str, String)]| {
            fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
        };
        let mut sorted = fields.clone();
        sorted.sort();
        prop_assert_eq!(view(&body(&fields)).unwrap(), view(&body(&sorted)).unwrap());
    }
}
