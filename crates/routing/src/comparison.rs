//! What each operator asks of a field, compiled once and asked of every event.

use serde_json::Value;

use crate::number::Number;
use crate::same::same;
use crate::search::{Expression, Needle};
use crate::{FilterError, Operator};

/// An operator with its value, ready to be asked.
#[derive(Debug, Clone)]
pub(crate) enum Comparison {
    Equals(Value),
    Contains(Needle),
    Regex(Expression),
    In(Vec<Value>),
    NotIn(Vec<Value>),
    /// Ends included; an end that is absent is open.
    Range(Option<Number>, Option<Number>),
    GreaterThan(Number),
    LessThan(Number),
    Exists,
    NotExists,
}

// === impl Comparison ===

impl Comparison {
    pub(crate) fn compile(operator: Operator, value: Option<&Value>) -> Result<Self, FilterError> {
        match (operator.expects(), value) {
            (None, None) if operator == Operator::Exists => Ok(Self::Exists),
            (None, None) => Ok(Self::NotExists),
            (None, Some(value)) => Err(FilterError::NeedlessValue { operator, given: given(value) }),
            (Some(expected), None) => Err(FilterError::MissingValue { operator, expected }),
            (Some(expected), Some(value)) => Self::with_value(operator, expected, value),
        }
    }

    fn with_value(operator: Operator, expected: &'static str, value: &Value) -> Result<Self, FilterError> {
        let wrong = || FilterError::WrongValue { operator, expected, given: given(value) };
        match operator {
            Operator::Contains => Needle::new(&text(value).ok_or_else(wrong)?).map(Self::Contains),
            Operator::Regex => Expression::new(value.as_str().ok_or_else(wrong)?).map(Self::Regex),
            Operator::In => list(operator, value).ok_or_else(wrong)?.map(Self::In),
            Operator::NotIn => list(operator, value).ok_or_else(wrong)?.map(Self::NotIn),
            Operator::Range => range(value).ok_or_else(wrong)?,
            Operator::GreaterThan => number(value).map(Self::GreaterThan).ok_or_else(wrong),
            Operator::LessThan => number(value).map(Self::LessThan).ok_or_else(wrong),
            // Those without a value do not come here.
            Operator::Equals | Operator::Exists | Operator::NotExists => Ok(Self::Equals(value.clone())),
        }
    }

    /// `None`: the body has no such field. Of a field that is absent, only `not_exists` and `not_in` are true.
    pub(crate) fn passes(&self, found: Option<&Value>) -> bool {
        let Some(found) = found else { return matches!(self, Self::NotExists | Self::NotIn(_)) };
        match self {
            Self::Equals(wanted) => same(wanted, found),
            Self::Contains(needle) => needle.is_in(found),
            Self::Regex(expression) => expression.is_in(found),
            Self::In(list) => list.iter().any(|wanted| same(wanted, found)),
            Self::NotIn(list) => !list.iter().any(|wanted| same(wanted, found)),
            Self::Range(min, max) => Number::of_value(found).is_some_and(|found| {
                min.is_none_or(|min| min <= found) && max.is_none_or(|max| found <= max)
            }),
            Self::GreaterThan(limit) => Number::of_value(found).is_some_and(|found| found > *limit),
            Self::LessThan(limit) => Number::of_value(found).is_some_and(|found| found < *limit),
            Self::Exists => true,
            Self::NotExists => false,
        }
    }
}

fn number(value: &Value) -> Option<Number> {
    Number::of_json(value.as_number()?)
}

/// A text; a number or a boolean is looked for as it is written.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(bool) => Some(bool.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn list(operator: Operator, value: &Value) -> Option<Result<Vec<Value>, FilterError>> {
    let items = value.as_array()?;
    let consequence = if operator == Operator::In { "no event is in" } else { "every event passes" };
    Some(if items.is_empty() {
        Err(FilterError::EmptyList { operator, consequence })
    } else {
        Ok(items.clone())
    })
}

/// `[min, max]` or `{min, max}`, of which one may be left out.
fn range(value: &Value) -> Option<Result<Comparison, FilterError>> {
    let (min, max) = match value {
        Value::Array(ends) => match &ends[..] {
            [min, max] => (Some(min), Some(max)),
            _ => return None,
        },
        Value::Object(ends) => {
            let known = ends.keys().all(|key| key == "min" || key == "max");
            (known && !ends.is_empty()).then(|| (ends.get("min"), ends.get("max")))?
        }
        _ => return None,
    };
    let bound = |end: Option<&Value>| end.map_or(Some(None), |end| number(end).map(Some));
    let (low, high) = (bound(min)?, bound(max)?);
    if let (Some(min), Some(max)) = (min, max)
        && low > high
    {
        return Some(Err(FilterError::ReversedRange { min: min.to_string(), max: max.to_string() }));
    }
    Some(Ok(Comparison::Range(low, high)))
}

/// What was given, short enough for a message.
fn given(value: &Value) -> String {
    let kind = match value {
        Value::Null => return "nothing".to_owned(),
        Value::Bool(_) => "the boolean",
        Value::Number(_) => "the number",
        Value::String(_) => "the text",
        Value::Array(_) => "the list",
        Value::Object(_) => "the table",
    };
    let written = value.to_string();
    match written.char_indices().nth(60) {
        Some((end, _)) => format!("{kind} {}…", &written[..end]),
        None => format!("{kind} {written}"),
    }
}
