//! TOML values as Rust and JSON values.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use serde_json::{Number, Value};
use toml::de::DeValue;

use crate::shape::Kind;

pub(crate) fn whole(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
}

/// A finite number, whole or not.
pub(crate) fn number(value: &DeValue<'_>) -> Option<f64> {
    let text = match value {
        DeValue::Float(float) => float.as_str(),
        _ => return whole(value).map(|n| n as f64),
    };
    text.replace('_', "").parse().ok().filter(|n: &f64| n.is_finite())
}

pub(crate) fn seconds(value: &DeValue<'_>) -> Option<Duration> {
    number(value).and_then(|n| Duration::try_from_secs_f64(n).ok())
}

pub(crate) fn text(value: &DeValue<'_>) -> Option<String> {
    value.as_str().map(str::to_owned)
}

pub(crate) fn network(value: &DeValue<'_>) -> Option<IpNet> {
    network_of(value.as_str()?)
}

pub(crate) fn network_of(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

pub(crate) fn address(value: &DeValue<'_>) -> Option<IpAddr> {
    value.as_str()?.parse().ok()
}

pub(crate) fn socket(value: &DeValue<'_>) -> Option<SocketAddr> {
    value.as_str()?.parse().ok()
}

/// The same value in JSON; dates become text.
pub(crate) fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(_) => whole(value).map_or(Value::Null, Value::from),
        DeValue::Float(_) => number(value).and_then(Number::from_f64).map_or(Value::Null, Value::Number),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Datetime(date) => Value::String(date.to_string()),
        DeValue::Array(list) => list.iter().map(|item| json(item.get_ref())).collect(),
        DeValue::Table(table) => {
            let pair = |(key, item): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
                let name: &std::borrow::Cow<'_, str> = key.get_ref();
                (name.to_string(), json(item.get_ref()))
            };
            Value::Object(table.iter().map(pair).collect())
        }
    }
}

/// Whether a value that holds no others is of this kind.
pub(crate) fn suits(kind: &Kind, value: &DeValue<'_>) -> bool {
    let in_range = |min: f64, max: f64| number(value).is_some_and(|n| n >= min && n <= max);
    match kind {
        Kind::Text | Kind::Secret | Kind::Url(_) => value.is_str(),
        Kind::Network => network(value).is_some(),
        Kind::Address => address(value).is_some(),
        Kind::Socket => socket(value).is_some(),
        Kind::Flag => value.is_bool(),
        Kind::Whole { min, max } => whole(value).is_some_and(|n| n >= *min && n <= *max),
        Kind::Seconds { zero } => in_range(0.0, Kind::LONGEST) && (*zero || number(value) != Some(0.0)),
        Kind::Number { min, max } => in_range(*min, *max),
        Kind::OneOf(words) => value.as_str().is_some_and(|text| words.contains(&text)),
        Kind::List(_) => value.is_array(),
        Kind::Table(_) | Kind::Named(_) | Kind::AnyTable => value.is_table(),
        Kind::SecretOr(_) => value.is_str() || value.is_table(),
        Kind::Anything => true,
    }
}
