//! How far a request's time may be from ours.

use serde::Deserialize;

use crate::Refusal;

/// On which sides of now the tolerance holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Window {
    /// Neither too long ago nor too far ahead.
    #[default]
    Both,
    /// Not too long ago; a sender's clock may be ahead of ours by any amount.
    Past,
    /// Not held against the clock, unless an endpoint asks for it: then on both sides.
    None,
}

/// The tolerance of a scheme whose time is not held against the clock.
pub const ANY_TIME: u64 = u64::MAX;

/// Exactly at the tolerance is in time; one second over is not.
pub(crate) fn check_time(timestamp: i64, now: i64, tolerance: u64, window: Window) -> Result<(), Refusal> {
    let ahead = timestamp > now;
    if now.abs_diff(timestamp) <= tolerance || (ahead && window == Window::Past) {
        return Ok(());
    }
    Err(Refusal::Stale { timestamp, now, tolerance })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_exactly_at_the_tolerance_is_in_time_and_one_second_over_is_not() {
        let check = |timestamp, window| check_time(timestamp, 1000, 300, window);
        assert!(check(700, Window::Both).is_ok());
        assert!(check(699, Window::Both).is_err());
        assert!(check(1300, Window::Both).is_ok());
        assert!(check(1301, Window::Both).is_err());
        assert!(check(9999, Window::Past).is_ok());
        assert!(check(699, Window::Past).is_err());
        assert!(check_time(1, i64::MAX, ANY_TIME, Window::None).is_ok());
        assert!(check_time(i64::MAX, i64::MIN, u64::MAX, Window::Both).is_ok());
        assert!(check_time(0, i64::MIN, 1, Window::Both).is_err());
    }
}
