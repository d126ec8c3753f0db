//! Comparing secrets.

use subtle::{Choice, ConstantTimeEq};

/// Whether two byte strings are the same, in a time that tells nothing of where they differ (it does tell whether
/// their lengths do). For secrets that are sent as they are, such as bearer tokens.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    is_same(one, other).into()
}

/// Every byte is looked at, eight in one step, whatever those before it were. Only what they come to goes through `subtle`,
/// which hides each of its steps from the compiler: byte by byte, that took as long as a block of SHA-256.
pub(crate) fn is_same(one: &[u8], other: &[u8]) -> Choice {
    let ((words, rest), (other_words, other_rest)) = (one.as_chunks::<8>(), other.as_chunks::<8>());
    let word = |bytes: &[u8; 8]| u64::from_ne_bytes(*bytes);
    let by_words = words.iter().zip(other_words).fold(0, |sum, (a, b)| sum | (word(a) ^ word(b)));
    let by_bytes = rest.iter().zip(other_rest).fold(0, |sum, (a, b)| sum | (a ^ b));
    let same_length = Choice::from(u8::from(one.len() == other.len()));
    (by_words | u64::from(by_bytes)).ct_eq(&0) & same_length
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
        let digest = [7; 20];
        assert!(same(&digest, &digest));
        for place in 0..digest.len() {
            let mut other = digest;
            other[place] ^= 1;
            assert!(!same(&digest, &other), "{place}");
            assert!(!same(&digest, &digest[..place]), "{place}");
        }
    }
}
