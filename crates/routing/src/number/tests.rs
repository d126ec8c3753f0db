use proptest::prelude::*;
use serde_json::json;

use super::*;

fn order(a: &Value, b: &Value) -> Option<Ordering> {
    Number::of_value(a)?.partial_cmp(&Number::of_value(b)?)
}

#[test]
fn whole_numbers_and_floats_are_compared_exactly() {
    for (a, b, expected) in [
        (json!(1), json!(1.0), Ordering::Equal),
        (json!(2), json!(1.5), Ordering::Greater),
        (json!(-2), json!(-1.5), Ordering::Less),
        (json!(-1), json!(-1.5), Ordering::Greater),
        (json!(0), json!(-0.0), Ordering::Equal),
        (json!(9_007_199_254_740_993_u64), json!(9_007_199_254_740_992.0), Ordering::Greater),
        (json!(u64::MAX), json!(18_446_744_073_709_551_616.0), Ordering::Less),
        (json!(i64::MIN), json!(-1e300), Ordering::Greater),
        (json!(u64::MAX), json!(1e300), Ordering::Less),
        (json!(i64::MIN), json!(u64::MAX), Ordering::Less),
        (json!(i128::MAX.to_string()), json!(1e300), Ordering::Less),
        (json!(i128::MIN.to_string()), json!(-1e300), Ordering::Greater),
    ] {
        assert_eq!(order(&a, &b), Some(expected), "{a} and {b}");
        assert_eq!(order(&b, &a), Some(expected.reverse()));
    }
}

#[test]
fn text_is_a_number_only_if_it_is_nothing_else() {
    for text in ["1", "-1", "+1", "1.0", ".5", "1e3", "-1.25E-2", "18446744073709551616", "007"] {
        assert!(Number::of_text(text).is_some(), "{text}");
    }
    for text in ["", " 1", "1 ", "1,5", "0x1", "inf", "-inf", "NaN", "1e999", "e", "+", "1e", "١", "1_000"] {
        assert!(Number::of_text(text).is_none(), "{text}");
    }
    assert!(Number::of_text(&"1".repeat(65)).is_none());
}

proptest! {
    #[test]
    fn a_number_and_its_text_are_equal(whole: i64, float in -1e15f64..1e15) {
        prop_assert_eq!(order(&json!(whole), &json!(whole.to_string())), Some(Ordering::Equal));
        prop_assert_eq!(order(&json!(float), &json!(float.to_string())), Some(Ordering::Equal));
    }

    #[test]
    fn small_numbers_order_as_floats_do(a in -1_000_000i32..1_000_000, b in -1e6f64..1e6) {
        prop_assert_eq!(order(&json!(a), &json!(b)), f64::from(a).partial_cmp(&b));
    }
}
