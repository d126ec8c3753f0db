use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{Excess, Format, FormatError, Limits, check, pick, read};

fn view(body: &str) -> Result<Value, FormatError> {
    let limits = Limits::default();
    let tree = read(Format::Json, body.as_bytes(), &limits);
    let verdict = check(Format::Json, body.as_bytes(), &limits);
    assert_eq!(tree.as_ref().err(), verdict.as_ref().err(), "read and check agree on {body}");
    tree
}

fn nested(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

#[test]
fn a_body_is_read_as_serde_json_reads_it() {
    let body = r#" {"a":[1,-2,3.5,"é\u00e9\n",true,null,{}],"":{"b":[]}} "#;
    assert_eq!(view(body).unwrap(), serde_json::from_str::<Value>(body).unwrap());
}

#[test]
fn numbers_keep_their_meaning() {
    let body = "[18446744073709551615,-9223372036854775808,1.0,18446744073709551616,1e300,-0]";
    let numbers = view(body).unwrap();
    assert_eq!(numbers[0].as_u64(), Some(u64::MAX));
    assert_eq!(numbers[1].as_i64(), Some(i64::MIN));
    assert!(numbers[2].is_f64() && numbers[3].is_f64() && numbers[4].is_f64());
    assert_eq!(numbers, serde_json::from_str::<Value>(body).unwrap());
}

#[test]
fn the_last_of_two_equal_keys_counts() {
    assert_eq!(view(r#"{"a":1,"a":2}"#).unwrap(), json!({"a": 2}));
}

#[test]
fn what_is_not_json_is_refused_with_its_place_and_nothing_of_it() {
    for (body, offset, what) in [
        ("", 0, "it is empty"),
        (" \n", 0, "it is empty"),
        ("\u{feff}{}", 0, "byte order mark"),
        ("{} x", 3, "trailing characters"),
        ("{}{}", 2, "trailing characters"),
        ("{\"a\":1,}", 7, "trailing comma"),
        ("[1,2", 3, "EOF"),
        ("[01]", 2, "invalid number"),
        ("[1e999]", 5, "number out of range"),
        ("[NaN]", 1, "expected value"),
        ("{a:1}", 1, "key must be a string"),
        ("[\"\u{1}\"]", 2, "control character"),
        (r#"["\ud800"]"#, 8, "hex escape"),
        ("{\n \"a\": 1,\n \"b\" 2}", 17, "expected `:`"),
        ("SECRETTOKEN", 0, "expected value"),
    ] {
        let error = view(body).unwrap_err();
        assert_eq!(error.code(), "malformed_body", "{body:?}");
        let text = error.to_string();
        assert!(text.contains(what), "{body:?}: {text}");
        assert!(text.starts_with("the body is not valid JSON: ") && !text.contains("SECRET"), "{text}");
        assert!(!text.contains("line") && !text.contains("column"), "one place is enough: {text}");
        assert!(error.offset().abs_diff(offset) <= 1, "{body:?}: {offset} is not {}", error.offset());
    }
}

#[test]
fn bytes_that_are_not_utf8_are_refused_where_they_stand() {
    let error = read(Format::Json, b"[\"a\xff\"]", &Limits::default()).unwrap_err();
    assert_eq!(error, FormatError::malformed(Format::Json, "it is not UTF-8", 3));
}

#[test]
fn sixty_four_levels_are_read_and_sixty_five_are_not() {
    assert!(view(&nested(64)).is_ok());
    for depth in [65, 127, 128, 129, 100_000] {
        let error = view(&nested(depth)).unwrap_err();
        assert!(matches!(error, FormatError::TooComplex { what: Excess::Depth(64), offset: 64..=65, .. }));
        assert_eq!(error.code(), "body_too_complex");
    }
    let objects = format!("{}1{}", "{\"a\":".repeat(65), "}".repeat(65));
    assert!(matches!(view(&objects), Err(FormatError::TooComplex { what: Excess::Depth(64), .. })));
}

#[test]
fn no_limit_lets_the_parser_recurse_without_end() {
    let limits = Limits { max_depth: usize::MAX, ..Limits::default() };
    for depth in [127, 128, 129, 100_000] {
        let error = check(Format::Json, nested(depth).as_bytes(), &limits).unwrap_err();
        assert_eq!(error.code(), "body_too_complex", "{depth}");
    }
    assert!(check(Format::Json, nested(126).as_bytes(), &limits).is_ok());
}

#[test]
fn the_hundred_thousandth_value_is_the_last_that_is_read() {
    let zeros = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
    assert!(view(&zeros(99_999)).is_ok());
    let error = view(&zeros(100_000)).unwrap_err();
    assert!(matches!(error, FormatError::TooComplex { what: Excess::Nodes(100_000), .. }));
    assert!(error.offset() > 199_000, "found at the value that is too many: {}", error.offset());
    let objects = format!("[{}{{}}]", "{\"\":0},".repeat(60_000));
    assert_eq!(view(&objects).unwrap_err().code(), "body_too_complex", "each object and each value counts");
}

#[test]
fn scalars_are_picked_as_text_and_the_rest_is_still_checked() {
    let body = br#"{"id":"evt_1","data":{"n":1.0,"ok":true,"no":null,"list":[{"id":7},{"id":8}]},"a.b":"dots","a":{"b":2}}"#;
    let paths =
        ["id", "data.n", "data.ok", "data.no", "data.list", "data.list.1.id", "a.b", "missing", "id.x"];
    let limits = Limits::default();
    let picked = pick(Format::Json, body, &limits, &paths).unwrap();
    let expected =
        [Some("evt_1"), Some("1.0"), Some("true"), None, None, Some("8"), Some("dots"), None, None];
    assert_eq!(picked, expected.map(|text| text.map(str::to_owned)));
    let mut broken = body.to_vec();
    broken.push(b'}');
    assert!(pick(Format::Json, &broken, &limits, &paths).is_err());
}

#[test]
fn what_is_picked_behind_a_repeated_key_is_from_the_last() {
    let limits = Limits::default();
    for (body, expected) in [
        (r#"{"a":{"b":1},"a":{"b":2}}"#, Some("2")),
        (r#"{"a":{"b":1},"a":{}}"#, None),
        (r#"{"a":{"b":1},"a":3}"#, None),
        (r#"{"a":{"b":1},"a":{"b":[]}}"#, None),
        (r#"{"a.b":1,"a":{"b":2}}"#, Some("1")),
        (r#"{"a":{"b":2},"a.b":1,"a.b":3}"#, Some("3")),
    ] {
        let picked = pick(Format::Json, body.as_bytes(), &limits, &["a.b"]).unwrap();
        assert_eq!(picked, [expected.map(str::to_owned)], "{body}");
    }
}

/// JSON whose keys are few, so that they repeat and paths hit.
fn few_keys() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![Just("1"), Just("2.0"), Just("\"x\""), Just("true"), Just("null")];
    scalar.prop_map(str::to_owned).prop_recursive(5, 40, 4, |inner| {
        let key = prop_oneof![Just("a"), Just("b"), Just("a.b"), Just("0"), Just("b.0"), Just("a.b.a")];
        let member = (key, inner.clone()).prop_map(|(key, value)| format!("\"{key}\":{value}"));
        prop_oneof![
            prop::collection::vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(","))),
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
        ]
    })
}

proptest! {
    #[test]
    fn near_json_is_valid_just_where_serde_json_says_so(body in r#"[\[\]{}",:0-9.eE+\-tfnrualse\\ \n]{0,40}"#) {
        prop_assert_eq!(view(&body).ok(), serde_json::from_str::<Value>(&body).ok());
    }

    #[test]
    fn one_wrong_byte_is_judged_as_serde_json_judges_it(body in few_keys(), at: prop::sample::Index, byte: u8) {
        let mut bytes = body.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let ours = read(Format::Json, &bytes, &Limits::default());
        prop_assert_eq!(ours.ok(), serde_json::from_slice::<Value>(&bytes).ok());
    }

    #[test]
    fn picking_finds_what_lookup_finds_in_the_tree(body in few_keys()) {
        let paths = ["a", "b", "a.b", "a.b.a", "b.0", "0.a", "a.b.a.b", "0.0", "b.0.a.b", "a.a.b"];
        let limits = Limits::default();
        let tree = read(Format::Json, body.as_bytes(), &limits).unwrap();
        let picked = pick(Format::Json, body.as_bytes(), &limits, &paths).unwrap();
        for (path, picked) in paths.iter().zip(picked) {
            let found = crate::lookup(&tree, path).filter(|v| !(v.is_null() || v.is_object() || v.is_array()));
            let found = found.map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
            prop_assert_eq!(picked, found, "{} in {}", path, &body);
        }
    }
}
