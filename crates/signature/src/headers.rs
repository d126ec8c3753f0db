//! Where headers are read from.

/// A request's headers, from whichever server received them.
///
/// Names are compared without regard to case; values are given as received, without the white space
/// around them.
pub trait HeaderSource {
    /// Every value of the header `name`, in the order received.
    fn values(&self, name: &str) -> Vec<&[u8]>;

    /// The one value of the header `name`.
    ///
    /// The verifier asks only this. The default asks [`values`](Self::values); an implementation that can
    /// answer without allocating should.
    fn single(&self, name: &str) -> Single<'_> {
        Single::of(self.values(name))
    }
}

/// What stands in a header that should be there once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Single<'a> {
    /// The header is absent.
    Absent,
    /// It is there, once or several times with the same value.
    Value(&'a [u8]),
    /// It is there several times with different values, so nobody can say which was meant.
    Conflict,
}

// === impl Single ===

impl<'a> Single<'a> {
    /// Sums up all values of one header.
    pub fn of(values: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut values = values.into_iter();
        let Some(first) = values.next() else { return Self::Absent };
        if values.all(|other| other == first) { Self::Value(first) } else { Self::Conflict }
    }
}

// === impl HeaderSource ===

fn named<'a, N: AsRef<str>, V: AsRef<[u8]>>(
    pairs: &'a [(N, V)],
    name: &str,
) -> impl Iterator<Item = &'a [u8]> {
    pairs.iter().filter(move |(n, _)| n.as_ref().eq_ignore_ascii_case(name)).map(|(_, v)| v.as_ref())
}

impl<N: AsRef<str>, V: AsRef<[u8]>> HeaderSource for &[(N, V)] {
    fn values(&self, name: &str) -> Vec<&[u8]> {
        named(self, name).collect()
    }

    fn single(&self, name: &str) -> Single<'_> {
        Single::of(named(self, name))
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>, const LENGTH: usize> HeaderSource for [(N, V); LENGTH] {
    fn values(&self, name: &str) -> Vec<&[u8]> {
        named(self, name).collect()
    }

    fn single(&self, name: &str) -> Single<'_> {
        Single::of(named(self, name))
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> HeaderSource for Vec<(N, V)> {
    fn values(&self, name: &str) -> Vec<&[u8]> {
        named(self, name).collect()
    }

    fn single(&self, name: &str) -> Single<'_> {
        Single::of(named(self, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_found_whatever_the_case_of_its_name() {
        let headers = [("X-Sign", "a"), ("other", "b")];
        assert_eq!(headers.values("x-sign"), [b"a"]);
        assert_eq!(headers.single("X-SIGN"), Single::Value(b"a"));
        assert_eq!(headers.single("none"), Single::Absent);
    }

    #[test]
    fn the_same_value_twice_is_one_and_two_values_are_a_conflict() {
        let same = vec![("a".to_owned(), "1".to_owned()), ("A".to_owned(), "1".to_owned())];
        assert_eq!(same.single("a"), Single::Value(b"1"));
        let two = [("a", "1"), ("a", "2")];
        assert_eq!(two.single("a"), Single::Conflict);
    }
}
