//! Comparing secrets.

use subtle::ConstantTimeEq;

/// Whether two byte strings are the same, in a time that tells nothing of where they differ (it does tell whether
/// their lengths do). For secrets that are sent as they are, such as bearer tokens.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn only_equal_bytes_are_the_same() {
        assert!(same(b"token", b"token"));
        assert!(!same(b"token", b"tokem"));
        assert!(!same(b"token", b"token "));
        assert!(!same(b"", b"token"));
    }
}
