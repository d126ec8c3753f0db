//! Times and durations as people write them.

use std::time::Duration;

use event::Millis;
use jiff::Timestamp;

/// A moment: a time of its own, or so long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    At(Millis),
    Ago(Duration),
}

const UNITS: [(&str, u64); 6] =
    [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];

// === impl Moment ===

impl Moment {
    /// Reads `15m`, `2h`, `1d` (so long ago), RFC 3339, or a date (its beginning in UTC).
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if let Ok(ago) = parse_duration(text) {
            return Ok(Self::Ago(ago));
        }
        let stamp = text.parse::<Timestamp>().or_else(|_| format!("{text}T00:00:00Z").parse());
        let stamp = stamp.ok().and_then(|stamp| u64::try_from(stamp.as_millisecond()).ok());
        stamp.map(|ms| Self::At(Millis(ms))).ok_or_else(|| {
            "expected so long ago, such as 15m, 2h or 1d, or a time such as 2026-01-31T09:30:00Z".to_owned()
        })
    }

    pub(crate) fn at(self, now: Millis) -> Millis {
        match self {
            Self::At(at) => at,
            Self::Ago(ago) => {
                Millis(now.0.saturating_sub(u64::try_from(ago.as_millis()).unwrap_or(u64::MAX)))
            }
        }
    }
}

/// Reads `90s`, `15m`, `1h30m`, `2d`. At least a millisecond.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
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

/// Unix seconds, or RFC 3339.
pub(crate) fn parse_unix_seconds(text: &str) -> Result<i64, String> {
    let stamp = || text.parse::<Timestamp>().map(Timestamp::as_second);
    text.parse().or_else(|_| stamp()).map_err(|_| {
        "expected Unix seconds such as 1700000000, or a time such as 2026-01-31T09:30:00Z".to_owned()
    })
}

/// The two largest units of a duration: `1h 30m`.
pub(crate) fn shown(duration: Duration) -> String {
    let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    // Up, so that what is left is never shown as nothing.
    let mut left = ms.div_ceil(1000) * 1000;
    let mut parts = Vec::new();
    for (name, size) in UNITS[1..5].iter().rev() {
        if left >= *size && parts.len() < 2 {
            parts.push(format!("{}{name}", left / size));
            left %= size;
        }
    }
    if parts.is_empty() { "0s".to_owned() } else { parts.join(" ") }
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
    fn now_is_seconds_or_rfc_3339() {
        assert_eq!(parse_unix_seconds("1700000000"), Ok(1_700_000_000));
        assert_eq!(parse_unix_seconds("2023-11-14T22:13:20Z"), Ok(1_700_000_000));
        assert!(parse_unix_seconds("now").is_err());
    }

    #[test]
    fn a_duration_is_shown_by_its_two_largest_units() {
        for (ms, text) in [(0, "0s"), (1, "1s"), (59_001, "1m"), (5_400_000, "1h 30m"), (90_061_000, "1d 1h")]
        {
            assert_eq!(shown(Duration::from_millis(ms)), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_in_whole_units_is_read_back(seconds in 1_u64..60_000) {
            let duration = Duration::from_secs(seconds);
            let read = parse_duration(&shown(duration).replace(' ', "")).unwrap();
            prop_assert!(read <= duration && duration - read < Duration::from_secs(3600));
        }

        #[test]
        fn no_text_upsets_the_parsers(text in "\\PC*") {
            let _ = (parse_duration(&text), Moment::parse(&text).map(|moment| moment.at(Millis(5))), parse_unix_seconds(&text));
        }
    }
}
