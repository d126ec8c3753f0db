//! Numbers compared by what they mean: whole ones exactly, whatever their size.

use std::cmp::Ordering;

use serde_json::{Number as JsonNumber, Value};

/// A number of a rule or of a body. A float is never NaN or infinite.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Number {
    Whole(i128),
    Float(f64),
}

// === impl Number ===

impl Number {
    pub(crate) fn of_json(number: &JsonNumber) -> Option<Self> {
        if let Some(whole) = number.as_i128() {
            return Some(Self::Whole(whole));
        }
        number.as_f64().filter(|float| float.is_finite()).map(Self::Float)
    }

    /// A number, or a text that reads as one: XML and form bodies know only text.
    pub(crate) fn of_value(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => Self::of_json(number),
            Value::String(text) => Self::of_text(text),
            _ => None,
        }
    }

    /// Decimal digits with a sign, a fraction and an exponent at most; no spaces, no `inf`.
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        let numeric = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
        if text.len() > 64 || !text.bytes().all(numeric) {
            return None;
        }
        if let Ok(whole) = text.parse() {
            return Some(Self::Whole(whole));
        }
        text.parse().ok().filter(|float: &f64| float.is_finite()).map(Self::Float)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (*self, *other) {
            (Self::Whole(a), Self::Whole(b)) => Some(a.cmp(&b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(&b),
            (Self::Whole(a), Self::Float(b)) => Some(compare(a, b)),
            (Self::Float(a), Self::Whole(b)) => Some(compare(b, a).reverse()),
        }
    }
}

/// Without rounding the whole number to a float, which beyond 2^53 would make neighbours equal.
fn compare(whole: i128, float: f64) -> Ordering {
    // `as` saturates: a float beyond i128 becomes its end, and is told apart by its size below.
    #[expect(clippy::cast_possible_truncation, reason = "the fraction is compared below")]
    let truncated = float.trunc() as i128;
    let beyond = float.abs() >= 2f64.powi(127);
    match whole.cmp(&truncated) {
        Ordering::Equal if beyond => {
            if float > 0.0 {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        }
        Ordering::Equal => 0.0.partial_cmp(&float.fract()).unwrap_or(Ordering::Equal),
        order => order,
    }
}

#[cfg(test)]
mod tests;
