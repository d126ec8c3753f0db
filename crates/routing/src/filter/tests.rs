use proptest::prelude::*;
use serde_json::json;

use super::*;
use Operator::{Contains, Equals, Exists, GreaterThan, In, LessThan, NotExists, NotIn, Range, Regex};

fn body() -> Value {
    json!({
        "data": {"object": {"status": "succeeded", "amount": 1500, "fee": 2.5, "paid": true, "note": null}},
        "items": [{"id": "a1", "tags": ["Red", "blue"]}, {"id": "b2", "tags": []}],
        "big": 9_007_199_254_740_993_u64,
        "text": {"amount": "1500", "price": "12.50", "paid": "true", "zip": "007", "words": "twelve"},
        "a.b": 1,
    })
}

fn passes(field: &str, operator: Operator, value: impl Into<Option<Value>>) -> bool {
    Filter::new(field, operator, value.into(), None).unwrap().passes(&body())
}

#[test]
fn equals_compares_as_json_with_numbers_by_their_meaning() {
    for (field, value, expected) in [
        ("data.object.status", json!("succeeded"), true),
        ("data.object.status", json!("Succeeded"), false),
        ("data.object.amount", json!(1500), true),
        ("data.object.amount", json!(1500.0), true),
        ("data.object.amount", json!("1500"), false),
        ("data.object.paid", json!(true), true),
        ("data.object.paid", json!("true"), false),
        ("data.object.note", json!(null), true),
        ("missing", json!(null), false),
        ("big", json!(9_007_199_254_740_992_u64), false),
        ("text.amount", json!(1500), true),
        ("text.price", json!(12.5), true),
        ("text.paid", json!(true), true),
        ("text.paid", json!(false), false),
        ("text.zip", json!("7"), false),
        ("text.words", json!(12), false),
        ("items.0.tags", json!(["Red", "blue"]), true),
        ("items.0.tags", json!(["blue", "Red"]), false),
        ("items.1", json!({"tags": [], "id": "b2"}), true),
        ("items.1", json!({"id": "b2"}), false),
        ("a.b", json!(1), true),
    ] {
        assert_eq!(passes(field, Equals, value.clone()), expected, "{field} equals {value}");
    }
}

#[test]
fn contains_finds_text_in_any_case_and_items_of_arrays() {
    for (field, value, expected) in [
        ("data.object.status", json!("CEED"), true),
        ("data.object.status", json!("failed"), false),
        ("data.object.amount", json!(50), true),
        ("data.object.amount", json!("15"), true),
        ("items.0.tags", json!("red"), true),
        ("items.0.tags", json!("ue"), true),
        ("items.0.tags", json!("green"), false),
        ("items.1.tags", json!("red"), false),
        ("items", json!("a1"), false),
        ("data.object", json!("status"), false),
        ("data.object.note", json!("null"), false),
        ("missing", json!("x"), false),
    ] {
        assert_eq!(passes(field, Contains, value.clone()), expected, "{field} contains {value}");
    }
}

#[test]
fn regex_matches_anywhere_unless_anchored() {
    for (field, value, expected) in [
        ("data.object.status", "^succ.*ed$", true),
        ("data.object.status", "cee", true),
        ("data.object.status", "^cee", false),
        ("data.object.status", "SUCC", false),
        ("data.object.status", "(?i)SUCC", true),
        ("data.object.amount", "^15[0-9]{2}$", true),
        ("data.object.paid", "^true$", true),
        ("items.0.tags", "Red", false),
        ("missing", ".*", false),
    ] {
        assert_eq!(passes(field, Regex, json!(value)), expected, "{field} regex {value}");
    }
}

#[test]
fn in_and_not_in_are_opposites_even_of_a_missing_field() {
    for (field, value, inside) in [
        ("data.object.status", json!(["failed", "succeeded"]), true),
        ("data.object.status", json!(["failed"]), false),
        ("data.object.amount", json!([1, 1500.0]), true),
        ("text.amount", json!([1500]), true),
        ("data.object.note", json!([null]), true),
        ("missing", json!(["x", null]), false),
    ] {
        assert_eq!(passes(field, In, value.clone()), inside, "{field} in {value}");
        assert_eq!(passes(field, NotIn, value.clone()), !inside, "{field} not_in {value}");
    }
}

#[test]
fn a_range_includes_its_ends_and_may_be_open() {
    for (field, value, expected) in [
        ("data.object.amount", json!([1500, 2000]), true),
        ("data.object.amount", json!([1000, 1500]), true),
        ("data.object.amount", json!([1501, 2000]), false),
        ("data.object.amount", json!({"min": 1000}), true),
        ("data.object.amount", json!({"max": 1000}), false),
        ("data.object.fee", json!({"min": 2.5, "max": 2.5}), true),
        ("text.price", json!([12, 13]), true),
        ("text.words", json!([0, 100]), false),
        ("data.object.paid", json!([0, 1]), false),
        ("missing", json!({"max": 1}), false),
    ] {
        assert_eq!(passes(field, Range, value.clone()), expected, "{field} range {value}");
    }
}

#[test]
fn greater_and_less_leave_the_limit_itself_out() {
    for (field, value, greater, less) in [
        ("data.object.amount", json!(1499), true, false),
        ("data.object.amount", json!(1500), false, false),
        ("data.object.amount", json!(1500.5), false, true),
        ("big", json!(9_007_199_254_740_992_u64), true, false),
        ("text.amount", json!(200), true, false),
        ("text.words", json!(1), false, false),
        ("data.object.note", json!(0), false, false),
        ("missing", json!(0), false, false),
    ] {
        assert_eq!(passes(field, GreaterThan, value.clone()), greater, "{field} greater_than {value}");
        assert_eq!(passes(field, LessThan, value.clone()), less, "{field} less_than {value}");
    }
}

#[test]
fn a_field_that_is_null_exists() {
    for (field, exists) in
        [("items.1.id", true), ("data.object.note", true), ("items.2", false), ("data.x", false)]
    {
        assert_eq!(passes(field, Exists, None), exists, "{field}");
        assert_eq!(passes(field, NotExists, None), !exists, "{field}");
    }
}

fn refusal(operator: Operator, value: impl Into<Option<Value>>) -> String {
    Filter::new("a", operator, value.into(), None).unwrap_err().to_string()
}

#[test]
fn a_value_of_the_wrong_kind_is_explained() {
    let range = "`range` needs two numbers, such as [100, 500] or { min = 100, max = 500 }, but ";
    for (value, given) in [
        (json!([1]), "the list [1] was given"),
        (json!([1, "2"]), "the list [1,\"2\"] was given"),
        (json!({"from": 1}), "the table {\"from\":1} was given"),
        (json!({}), "the table {} was given"),
    ] {
        assert_eq!(refusal(Range, value), format!("{range}{given}"));
    }
    for (operator, value, message) in [
        (
            GreaterThan,
            json!("1000"),
            "needs a number, such as 1000 (without quotes), but the text \"1000\" was given",
        ),
        (LessThan, json!(null), "needs a number, such as 1000 (without quotes), but nothing was given"),
        (
            In,
            json!("USD"),
            "needs a list of values, such as [\"USD\", \"EUR\"], but the text \"USD\" was given",
        ),
        (
            Regex,
            json!(5),
            "needs a regular expression as a text, such as \"^ord_[0-9]+$\", but the number 5 was given",
        ),
        (
            Contains,
            json!(["a"]),
            "needs a text to look for, such as \"refund\", but the list [\"a\"] was given",
        ),
    ] {
        assert_eq!(refusal(operator, value), format!("`{operator}` {message}"));
    }
    assert!(refusal(GreaterThan, json!("x".repeat(100))).ends_with("xxx… was given"));
}

#[test]
fn a_value_that_can_not_be_meant_is_explained() {
    for (operator, value, message) in [
        (Range, json!([5, 1]), "`range` goes from 5 down to 1, which no number fits; swap the two"),
        (In, json!([]), "`in` was given an empty list, which no event is in; list at least one value"),
        (
            NotIn,
            json!([]),
            "`not_in` was given an empty list, which every event passes; list at least one value",
        ),
        (
            Contains,
            json!(""),
            "`contains` was given an empty text, which is in every text; use `exists` for that",
        ),
        (Exists, json!(true), "`exists` takes no value, but one was given (the boolean true); remove it"),
    ] {
        assert_eq!(refusal(operator, value), message);
    }
    assert_eq!(refusal(Equals, None), "`equals` needs a value to compare with, but it has no value");
}

#[test]
fn a_field_that_can_not_be_meant_is_refused() {
    let refusal = |field: &str| Filter::new(field, Exists, None, None).unwrap_err();
    assert_eq!(refusal(""), FilterError::EmptyField);
    assert_eq!(refusal("  "), FilterError::EmptyField);
    assert_eq!(refusal("a..b"), FilterError::EmptyPart("a..b".to_owned()));
    assert_eq!(refusal("a."), FilterError::EmptyPart("a.".to_owned()));
    assert_eq!(refusal(&"a".repeat(257)), FilterError::LongField(257));
    assert_eq!(refusal(&["a"; 65].join(".")), FilterError::DeepField(65));
}

fn values() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c0-9.(*\\[]{0,6}".prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop_oneof![Just("min"), Just("max"), Just("a")], inner, 0..3)
                .prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(2_000)))]

    #[test]
    fn any_filter_is_made_or_refused_and_judges_any_body(
        field in "[a0.]{0,4}", operator in prop::sample::select(&Operator::ALL[..]),
        value in prop::option::of(values()), body in values(),
    ) {
        if let Ok(filter) = Filter::new(field, operator, value, None) {
            let passed = filter.passes(&body);
            if filter.find(&body).is_none() {
                prop_assert_eq!(passed, matches!(operator, NotExists | NotIn));
            }
        }
    }

    #[test]
    fn everything_equals_itself(value in values()) {
        let filter = Filter::new("x", Equals, Some(value.clone()), None).unwrap();
        let passed = filter.passes(&json!({"x": value}));
        prop_assert!(passed);
    }
}
