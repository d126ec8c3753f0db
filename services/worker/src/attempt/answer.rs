//! What a handler's answer says beside its status.

use std::time::{Duration, UNIX_EPOCH};

use event::Millis;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

/// Read of an answer's body, at most: 64 KiB. What is longer costs its connection.
const LARGEST: usize = 65_536;
/// Kept of it for the error's text, in characters.
const EXCERPT: usize = 1_024;
/// The status has come already: a body that dribbles is not waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Reads what is left of the answer, within bounds, so that its connection can serve again. Returns the beginning
/// as one line of text.
pub(crate) async fn excerpt(mut rest: Incoming) -> String {
    if rest.is_end_stream() {
        return String::new();
    }
    let mut read = Vec::new();
    let reading = async {
        while let Some(Ok(frame)) = rest.frame().await {
            let chunk = frame.into_data().unwrap_or_default();
            let room = LARGEST - read.len();
            read.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() >= room {
                return;
            }
        }
    };
    // Out of time: what has come is enough.
    let _ = tokio::time::timeout(PATIENCE, reading).await;
    one_line(&read)
}

fn one_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(EXCERPT).collect()
}

/// How long a `Retry-After` asks to wait: seconds, or a date (RFC 9110, section 10.2.3).
pub(crate) fn retry_after(value: &str, now: Millis) -> Option<Duration> {
    let value = value.trim();
    if value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() {
        // More than fits is longer than any cap.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::from(u32::MAX))));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let now = UNIX_EPOCH + Duration::from_millis(now.0);
    // One that has passed comes from a clock that is behind ours: heeded, it would use up every retry in a moment.
    date.duration_since(now).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        // One minute before the date below.
        let now = Millis(784_111_717_000);
        let seconds = |text| retry_after(text, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(60));
        assert_eq!(seconds("Sat, 05 Nov 1994 08:49:37 GMT"), None, "it has passed");
        assert_eq!(seconds("99999999999999999999999"), Some(u64::from(u32::MAX)));
        for nonsense in ["", "soon", "-1", "1.5", "1e3"] {
            assert_eq!(seconds(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn an_excerpt_is_one_bounded_line() {
        assert_eq!(one_line(b"no\r\n\tsuch\x00 \x1b[31mthing"), "no such [31mthing");
        assert_eq!(one_line("é".repeat(5000).as_bytes()).chars().count(), EXCERPT);
    }

    proptest! {
        #[test]
        fn nothing_that_a_handler_says_is_a_panic(value in ".*", now in 0_u64..4_000_000_000_000) {
            retry_after(&value, Millis(now));
        }
    }
}
