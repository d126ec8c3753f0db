//! Times and durations as people write them.

use std::time::Duration;

use jiff::Timestamp;

const UNITS: [(&str, u64); 4] = [("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

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
    for (name, size) in UNITS.iter().rev() {
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
            let read = event::parse_duration(&shown(duration).replace(' ', "")).unwrap();
            prop_assert!(read <= duration && duration - read < Duration::from_secs(3600));
        }

        #[test]
        fn no_text_upsets_the_parser(text in "\\PC*") {
            let _ = parse_unix_seconds(&text);
        }
    }
}
