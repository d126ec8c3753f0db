//! Times as providers write them.

use serde::Deserialize;

/// How a request's time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum TimeUnit {
    /// Unix seconds.
    #[default]
    #[serde(rename = "s")]
    Seconds,
    /// Unix milliseconds.
    #[serde(rename = "ms")]
    Milliseconds,
    /// RFC 3339, such as `2026-01-31T12:00:00.5Z`.
    #[serde(rename = "rfc3339")]
    Rfc3339,
}

impl TimeUnit {
    /// Unix seconds; parts of a second are cut off.
    pub fn parse(self, text: &[u8]) -> Option<i64> {
        match self {
            Self::Seconds => digits(text),
            Self::Milliseconds => digits(text).map(|ms| ms / 1000),
            Self::Rfc3339 => rfc3339(text),
        }
    }

    pub(crate) fn write(self, seconds: i64) -> String {
        match self {
            Self::Seconds => seconds.to_string(),
            Self::Milliseconds => seconds.saturating_mul(1000).to_string(),
            Self::Rfc3339 => {
                let (year, month, day) = date(seconds.div_euclid(86_400));
                let second = seconds.rem_euclid(86_400);
                let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
                format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
            }
        }
    }

    pub(crate) fn shape(self) -> &'static str {
        match self {
            Self::Seconds => "<Unix seconds>",
            Self::Milliseconds => "<Unix milliseconds>",
            Self::Rfc3339 => "<time in RFC 3339>",
        }
    }
}

/// Plain decimal digits, no sign, no leading zero: one text for one time.
fn digits(text: &[u8]) -> Option<i64> {
    let add = |number: i64, c: &u8| {
        let digit = c.is_ascii_digit().then(|| i64::from(c - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    };
    match text {
        [] | [b'0', _, ..] => None,
        _ => text.iter().try_fold(0, add),
    }
}

/// `2026-01-31T12:00:00`, perhaps a fraction, and `Z` or an offset.
fn rfc3339(text: &[u8]) -> Option<i64> {
    let number = |from: usize, to: usize| {
        let part = text.get(from..to)?;
        part.iter().all(u8::is_ascii_digit).then(|| part.iter().fold(0, |n, c| n * 10 + i64::from(c - b'0')))
    };
    let is = |place: usize, c: u8| text.get(place) == Some(&c);
    if !(is(4, b'-') && is(7, b'-') && is(10, b'T') && is(13, b':') && is(16, b':')) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month) || day < 1 || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = days(year, month, day);
    if date(days) != (year, month, day) {
        return None;
    }
    let mut zone = &text[19..];
    if let Some(fraction) = zone.strip_prefix(b".") {
        let end = fraction.iter().position(|c| !c.is_ascii_digit()).filter(|end| *end > 0)?;
        zone = &fraction[end..];
    }
    Some(days * 86_400 + hour * 3600 + minute * 60 + second - offset(zone)?)
}

/// Seconds east of Greenwich.
fn offset(zone: &[u8]) -> Option<i64> {
    let (sign, rest) = match zone {
        b"Z" => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    match rest {
        [a, b, b':', c, d] if [a, b, c, d].iter().all(|c| c.is_ascii_digit()) => {
            let two = |tens: &u8, ones: &u8| i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
            let (hours, minutes) = (two(a, b), two(c, d));
            (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
        }
        _ => None,
    }
}

/// Days since 1970-01-01 of a date in the Gregorian calendar; years start in March, so that leap days come last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_plain_decimal_digits() {
        let parse = |text: &str| TimeUnit::Seconds.parse(text.as_bytes());
        assert_eq!(parse("0"), Some(0));
        assert_eq!(parse("1700000000"), Some(1_700_000_000));
        assert_eq!(parse("9223372036854775807"), Some(i64::MAX));
        for junk in ["", "01", "+1", "-1", "1e9", "1.0", " 1", "1 ", "0x1", "1_0", "9223372036854775808"] {
            assert_eq!(parse(junk), None, "{junk:?}");
        }
        assert_eq!(TimeUnit::Milliseconds.parse(b"1700000000999"), Some(1_700_000_000));
    }

    #[test]
    fn rfc_3339_is_read_with_fractions_and_offsets() {
        let parse = |text: &str| TimeUnit::Rfc3339.parse(text.as_bytes());
        for text in [
            "2023-11-14T22:13:20Z",
            "2023-11-14T22:13:20.123456789Z",
            "2023-11-14T23:43:20+01:30",
            "2023-11-14T15:13:20-07:00",
        ] {
            assert_eq!(parse(text), Some(1_700_000_000), "{text}");
        }
        assert_eq!(parse("2024-02-29T00:00:00Z"), Some(1_709_164_800));
        for junk in [
            "",
            "2023-11-14",
            "2023-11-14 22:13:20Z",
            "2023-11-14T22:13:20",
            "2023-13-14T22:13:20Z",
            "2023-02-29T00:00:00Z",
            "2023-11-14T22:13:20.Z",
            "2023-11-14T22:13:20z",
            "2023-11-14T24:00:00Z",
            "1700000000",
            "2023-11-14T22:13:20+0100",
            "2023-11-14T22:13:20Z ",
            "+023-11-14T22:13:20Z",
        ] {
            assert_eq!(parse(junk), None, "{junk:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_time_that_is_written_is_read_back(seconds in 0_i64..253_402_300_800) {
            for unit in [TimeUnit::Seconds, TimeUnit::Milliseconds, TimeUnit::Rfc3339] {
                proptest::prop_assert_eq!(unit.parse(unit.write(seconds).as_bytes()), Some(seconds));
            }
        }

        #[test]
        fn any_bytes_may_be_offered_as_a_time(text: Vec<u8>) {
            let _ = TimeUnit::Rfc3339.parse(&text);
        }
    }
}
