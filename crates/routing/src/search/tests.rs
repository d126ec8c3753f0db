use serde_json::json;

use super::*;

#[test]
fn text_is_found_in_any_case_of_any_alphabet() {
    for (needle, text, found) in [
        ("refund", "a REFUND was made", true),
        ("REFUND", "refund", true),
        ("ärger", "GROSSER ÄRGER", true),
        ("ΣΊΣΥΦΟΣ", "σίσυφος", true),
        ("привет", "ПРИВЕТ МИР", true),
        ("k", "\u{212a}", true),
        ("a.c", "abc", false),
        ("(x)*", "say (X)*!", true),
        ("refund", "refun", false),
    ] {
        assert_eq!(Needle::new(needle).unwrap().is_in(&json!(text)), found, "{needle} in {text}");
    }
}

#[test]
fn the_longest_text_to_look_for_compiles_in_any_alphabet() {
    for letter in ["a", "k", "ß", "σ", "漢", "𐐀"] {
        let text = letter.repeat(LONGEST);
        assert!(Needle::new(&text).unwrap().is_in(&json!(text)), "{letter}");
        assert!(matches!(Needle::new(&letter.repeat(LONGEST + 1)), Err(FilterError::LongText { .. })));
    }
}

#[test]
fn scalars_are_searched_as_they_are_written() {
    let needle = Needle::new("2.5").unwrap();
    assert!(needle.is_in(&json!(12.5)) && !needle.is_in(&json!(12)));
    assert!(Expression::new("^-9223372036854775808$").unwrap().is_in(&json!(i64::MIN)));
    assert!(Expression::new("^-?[0-9.e-]+$").unwrap().is_in(&json!(-f64::MIN_POSITIVE)));
    assert!(Needle::new("TRUE").unwrap().is_in(&json!(true)));
    assert!(!Needle::new("null").unwrap().is_in(&json!(null)));
    assert!(!Needle::new("a").unwrap().is_in(&json!({"a": "a"})));
}

#[test]
fn an_expression_that_would_cost_too_much_is_refused() {
    for pattern in ["a{1000}{1000}", "(((a{100}){100}){100}){100}", "\\pL{1000}", "^\\w{3,20}$"] {
        assert_eq!(Expression::new(pattern).unwrap_err(), FilterError::LargeRegex, "{pattern}");
    }
    assert!(matches!(Expression::new(&"(".repeat(60)), Err(FilterError::BadRegex { .. })));
    let nested = format!("{}a{}", "(".repeat(60), ")".repeat(60));
    let error = Expression::new(&nested).unwrap_err().to_string();
    assert!(error.contains("nest"), "{error}");
    assert!(matches!(Expression::new(&"a".repeat(1_025)), Err(FilterError::LongText { length: 1_025, .. })));
}

#[test]
fn a_wrong_expression_is_explained_with_its_place() {
    for (pattern, message) in [
        ("ab(c", "the regular expression is not valid: unclosed group (at its character 3)"),
        (
            "[z-a]",
            "the regular expression is not valid: invalid character class range, the start must be <= the end (at its character 2)",
        ),
        (
            "*a",
            "the regular expression is not valid: repetition operator missing expression (at its character 1)",
        ),
    ] {
        assert_eq!(Expression::new(pattern).unwrap_err().to_string(), message);
    }
    let error = Expression::new("(?=a)").unwrap_err().to_string();
    assert!(error.contains("look-around"), "{error}");
}

#[test]
fn a_text_beyond_the_cap_does_not_match_an_expression() {
    let expression = Expression::new("a$").unwrap();
    assert!(expression.is_in(&json!("a".repeat(HAYSTACK))));
    assert!(!expression.is_in(&json!("a".repeat(HAYSTACK + 1))));
}
