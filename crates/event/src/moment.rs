//! Moments and durations as people write them.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::Millis;

/// A moment: a time of its own, or so long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    At(Millis),
    Ago(Duration),
}

const UNITS: [(&str, u64); 6] =
    [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];

/// Fewer milliseconds than these are taken for seconds.
const EARLIEST: u64 = 100_000_000_000;

// === impl Moment ===

impl Moment {
    /// Reads `15m`, `2h`, `1d` (so long ago), RFC 3339, a date (its beginning in UTC), or a number as [`Moment::since_epoch`]
    /// has it.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Ok(ago) = parse_duration(text) {
            return Ok(Self::Ago(ago));
        }
        if let Ok(number) = text.parse() {
            return Ok(Self::since_epoch(number));
        }
        let stamp = text.parse::<Timestamp>().or_else(|_| format!("{text}T00:00:00Z").parse());
        let stamp = stamp.ok().and_then(|stamp| u64::try_from(stamp.as_millisecond()).ok());
        stamp.map(|ms| Self::At(Millis(ms))).ok_or_else(|| {
            "expected so long ago, such as 15m, 2h or 1d, or a time such as 2026-01-31T09:30:00Z".to_owned()
        })
    }

    /// Milliseconds since the epoch; seconds, if so few milliseconds would be before 1973.
    pub fn since_epoch(number: u64) -> Self {
        Self::At(Millis(if number < EARLIEST { number * 1000 } else { number }))
    }

    pub fn at(self, now: Millis) -> Millis {
        match self {
            Self::At(at) => at,
            Self::Ago(ago) => {
                Millis(now.0.saturating_sub(u64::try_from(ago.as_millis()).unwrap_or(u64::MAX)))
            }
        }
    }
}

/// As [`Moment::parse`]; a number may be one of JSON.
impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl Visitor<'_> for Written {
            type Value = Moment;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Moment, E> {
                Ok(Moment::since_epoch(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Moment, E> {
                Moment::parse(text).map_err(|expected| E::custom(format!("a time is wrong: {expected}")))
            }
        }
        deserializer.deserialize_any(Written)
    }
}

/// Reads `90s`, `15m`, `1h30m`, `2d`. At least a millisecond.
///
/// # Errors
/// What was expected.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || "expected a number and a unit (s, m, h, d or w), such as 90s, 15m or 1h30m".to_owned();
    let (mut rest, mut total) = (text.trim(), 0_u64);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let letters = rest[digits..].find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len() - digits);
        let (number, unit) = (&rest[..digits], &rest[digits..digits + letters]);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        total =
            number.checked_mul(*size).and_then(|part| total.checked_add(part)).ok_or("that is too long")?;
        rest = &rest[digits + letters..];
    }
    if total == 0 { Err(wrong()) } else { Ok(Duration::from_millis(total)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_have_units() {
        let seconds = |text: &str| parse_duration(text).map(|duration| duration.as_secs());
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("15m"), Ok(900));
        assert_eq!(seconds("1h30m"), Ok(5400));
        assert_eq!(seconds("1d"), Ok(86_400));
        assert_eq!(seconds("2w"), Ok(1_209_600));
        assert_eq!(parse_duration("250ms"), Ok(Duration::from_millis(250)));
        for wrong in [
            "",
            "15",
            "m",
            "-5m",
            "1.5h",
            "5 m",
            "5mm",
            "5x",
            "0s",
            "99999999999999999999s",
            "18446744073709551615w",
            "15m é",
        ] {
            assert!(parse_duration(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_moment_is_so_long_ago_or_a_time_or_a_date() {
        let now = Millis(1_700_000_000_000);
        let at = |text: &str| Moment::parse(text).map(|moment| moment.at(now).to_string());
        assert_eq!(at("20s").unwrap(), "2023-11-14T22:13:00.000Z");
        assert_eq!(at("2023-11-14T23:00:00+01:00").unwrap(), "2023-11-14T22:00:00.000Z");
        assert_eq!(at("2023-11-14").unwrap(), "2023-11-14T00:00:00.000Z");
        assert!(at("yesterday").unwrap_err().contains("15m"));
        assert!(at("2023-11-14T22:00:00").is_err(), "no zone: whose time is it?");
    }

    #[test]
    fn a_number_is_of_milliseconds_or_else_of_seconds() {
        let at = |json: &str| serde_json::from_str::<Moment>(json).map(|moment| moment.at(Millis(0)).0).ok();
        assert_eq!([at("1700000000123"), at("\"1700000000123\"")], [Some(1_700_000_000_123); 2]);
        assert_eq!([at("1700000000"), at("0")], [Some(1_700_000_000_000), Some(0)]);
        assert_eq!([at("-1"), at("1.5"), at("null"), at("\"\""), at("\"soon\"")], [None; 5]);
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_parsers(text in "\\PC*") {
            let _ = (parse_duration(&text), Moment::parse(&text).map(|moment| moment.at(Millis(5))));
        }
    }
}
