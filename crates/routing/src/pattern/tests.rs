use proptest::prelude::*;

use super::*;

#[test]
fn a_pattern_is_met_exactly_but_for_its_stars() {
    for (pattern, text, matches) in [
        ("invoice.paid", "invoice.paid", true),
        ("invoice.paid", "Invoice.paid", false),
        ("invoice.paid", "invoice.paid2", false),
        ("invoice.*", "invoice.paid", true),
        ("invoice.*", "invoice.", true),
        ("invoice.*", "invoice", false),
        ("invoice.*", "an.invoice.paid", false),
        ("*.failed", "a.b.failed", true),
        ("*", "", true),
        ("*", "anything", true),
        ("a*a", "a", false),
        ("a*a", "aa", true),
        ("a*b*c", "abbbc", true),
        ("a*b*c", "acbc", true),
        ("a*b*c", "ac", false),
        ("**", "x", true),
        ("*é*", "caféteria", true),
        ("a.c", "abc", false),
        ("[a]?", "[a]?", true),
    ] {
        assert_eq!(Pattern::new(pattern).unwrap().matches(text), matches, "{pattern} on {text}");
    }
}

#[test]
fn what_can_not_have_been_meant_is_refused() {
    assert_eq!(Pattern::new(""), Err(PatternError::Empty));
    assert_eq!(Pattern::new(" a"), Err(PatternError::Blank(" a".to_owned())));
    assert_eq!(Pattern::new("a\n"), Err(PatternError::Blank("a\n".to_owned())));
    assert!(Pattern::new("é".repeat(256)).is_ok());
    let error = Pattern::new("a".repeat(257)).unwrap_err();
    assert_eq!(error.to_string(), "a pattern has 257 characters; 256 are allowed");
}

#[test]
fn many_stars_on_a_long_text_take_no_time() {
    let pattern = Pattern::new("*a".repeat(127) + "*b").unwrap();
    assert!(!pattern.matches(&"a".repeat(1_000_000)));
}

/// The definition itself, one character at a time.
fn model(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), None) => model(rest, text),
        (Some(('*', rest)), Some((_, after))) => model(rest, text) || model(pattern, after),
        (Some((a, rest)), Some((b, after))) => a == b && model(rest, after),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(2_000)))]

    #[test]
    fn matching_is_what_the_definition_says(pattern in "[ab.é*]{1,7}", text in "[ab.é]{0,9}") {
        let characters = |text: &str| text.chars().collect::<Vec<_>>();
        let expected = model(&characters(&pattern), &characters(&text));
        prop_assert_eq!(Pattern::new(pattern).unwrap().matches(&text), expected);
    }

    #[test]
    fn any_text_is_a_pattern_or_refused_and_never_a_panic(pattern: String, text: String) {
        if let Ok(pattern) = Pattern::new(pattern) {
            pattern.matches(&text);
        }
    }
}
