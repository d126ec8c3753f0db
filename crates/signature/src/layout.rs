//! Takes a signature header's value apart.

use memchr::{memchr, memrchr};

use crate::{Algorithm, Flaw, jwt};

/// How the signature header's value is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One signature, and perhaps a prefix before it.
    Single(Prefix),
    /// Elements with a name each: `t=…,v1=…,v1=…`, or `v1,… v1,…`.
    List(Elements),
    /// A signed JSON Web Token, compact: `header.claims.signature`.
    Jwt,
}

/// A list of elements with names. Those of unknown names are ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Elements {
    /// Stands between elements.
    pub(crate) separator: u8,
    /// Spaces may stand after the separator.
    pub(crate) spaced: bool,
    /// Stands between an element's name and its value.
    pub(crate) assign: u8,
    /// The names of the elements that are signatures; `*/SHA256` stands for every name that ends so.
    pub(crate) versions: Vec<String>,
    /// An element without a name is a signature too.
    pub(crate) bare: bool,
    /// The name of the element with the time, which must be there then.
    pub(crate) timestamp: Option<String>,
    /// The name of the element with the names of further signed headers.
    pub(crate) names: Option<String>,
}

/// What stands before a single signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Prefix {
    /// Exactly this text, always; it may be empty.
    Required(String),
    /// Nothing, or the name of the configured algorithm and `=`; never that of another.
    Algorithm,
}

/// As many signatures as one header may hold. Whoever rotates keys sends two or three.
pub(crate) const MOST_SIGNATURES: usize = 16;

/// No real signature header is longer: the hex of an 8192-bit RSA signature has 2048 characters.
const LONGEST: usize = 4096;

/// What stands beside the signatures in their header.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Beside<'a> {
    pub(crate) timestamp: Option<&'a [u8]>,
    /// The names of further headers that are signed; of a token, all that is.
    pub(crate) names: Option<&'a [u8]>,
}

// === impl Layout ===

impl Layout {
    /// Takes `value` apart and hands each signature to `found`, as it is written. Any bytes whatever may be given.
    pub(crate) fn split<'a>(
        &self,
        value: &'a [u8],
        algorithm: Algorithm,
        mut found: impl FnMut(&'a [u8]),
    ) -> Result<Beside<'a>, Flaw> {
        check_text(value)?;
        match self {
            Self::Single(prefix) => {
                found(prefix.strip(value, algorithm)?);
                Ok(Beside::default())
            }
            Self::List(elements) => elements.split(value, found),
            Self::Jwt => {
                let (signed, signature) = jwt::split(value, algorithm)?;
                found(signature);
                Ok(Beside { names: Some(signed), ..Beside::default() })
            }
        }
    }
}

// === impl Elements ===

impl Elements {
    fn split<'a>(&self, value: &'a [u8], mut found: impl FnMut(&'a [u8])) -> Result<Beside<'a>, Flaw> {
        let by_end = self.versions.iter().any(|version| version.starts_with('*'));
        let mut beside = Beside::default();
        let mut count = 0;
        let mut offer = |text| {
            count += 1;
            if count > MOST_SIGNATURES {
                return Err(Flaw::TooManySignatures);
            }
            found(text);
            Ok(())
        };
        let mut rest = Some(value);
        while let Some(from) = rest {
            let element;
            (element, rest) = match memchr(self.separator, from) {
                Some(end) => (&from[..end], Some(&from[end + 1..])),
                None => (from, None),
            };
            let element = if self.spaced { element.trim_ascii_start() } else { element };
            let Some((name, value)) = self.name(element, by_end) else {
                match element {
                    b"" => {}
                    _ if self.bare => offer(element)?,
                    // The providers' own libraries refuse a name that they know without a value.
                    _ if self.versions.iter().any(|version| is_version(version.as_bytes(), element)) => {
                        return Err(Flaw::NoSignature);
                    }
                    _ if self.timestamp.as_ref().is_some_and(|name| name.as_bytes() == element) => {
                        return Err(Flaw::NoTimestamp);
                    }
                    _ => {}
                }
                continue;
            };
            let is = |wanted: &Option<String>| wanted.as_ref().is_some_and(|w| w.as_bytes() == name);
            if self.versions.iter().any(|version| is_version(version.as_bytes(), name)) {
                offer(value)?;
            } else if is(&self.timestamp) && beside.timestamp.replace(value).is_some() {
                return Err(Flaw::RepeatedTimestamp);
            } else if is(&self.names) && beside.names.replace(value).is_some() {
                return Err(Flaw::Repeated);
            }
        }
        if self.timestamp.is_some() && beside.timestamp.is_none() {
            return Err(Flaw::NoTimestamp);
        }
        if count == 0 { Err(Flaw::NoSignature) } else { Ok(beside) }
    }
}

impl Elements {
    /// An element's name and value. Where names are known by their end only, they may hold what stands before the value.
    fn name<'a>(&self, element: &'a [u8], by_end: bool) -> Option<(&'a [u8], &'a [u8])> {
        let place = if by_end { memrchr(self.assign, element) } else { memchr(self.assign, element) }?;
        Some((&element[..place], &element[place + 1..]))
    }
}

fn is_version(version: &[u8], name: &[u8]) -> bool {
    match version {
        [b'*', end @ ..] => name.ends_with(end),
        _ => version == name,
    }
}

fn check_text(value: &[u8]) -> Result<(), Flaw> {
    match value {
        [] => Err(Flaw::Empty),
        _ if value.len() > LONGEST => Err(Flaw::TooLong),
        // Without leaving early: then sixteen bytes are looked at in one step.
        _ if !value.iter().fold(true, |good, c| good & (b' '..=b'~').contains(c)) => Err(Flaw::NotAscii),
        _ => Ok(()),
    }
}

// === impl Prefix ===

impl Prefix {
    fn strip<'a>(&self, value: &'a [u8], algorithm: Algorithm) -> Result<&'a [u8], Flaw> {
        let starts =
            |prefixes: &[&str]| prefixes.iter().find_map(|prefix| value.strip_prefix(prefix.as_bytes()));
        let names_other = || Algorithm::ALL.iter().any(|a| starts(a.prefixes()).is_some());
        match self {
            Self::Required(prefix) => match value.strip_prefix(prefix.as_bytes()) {
                Some(rest) => Ok(rest),
                None if names_other() => Err(Flaw::OtherAlgorithm),
                None => Err(Flaw::NoPrefix),
            },
            Self::Algorithm => match starts(algorithm.prefixes()) {
                Some(rest) => Ok(rest),
                None if names_other() => Err(Flaw::OtherAlgorithm),
                None => Ok(value),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripe(value: &str) -> Result<(Vec<&str>, &str), Flaw> {
        let layout = Layout::List(Elements {
            separator: b',',
            spaced: false,
            assign: b'=',
            versions: vec!["v1".into()],
            bare: false,
            timestamp: Some("t".into()),
            names: None,
        });
        let text = |bytes| str::from_utf8(bytes).unwrap();
        let mut signatures = Vec::new();
        let beside =
            layout.split(value.as_bytes(), Algorithm::HmacSha256, |found| signatures.push(text(found)))?;
        Ok((signatures, text(beside.timestamp.unwrap())))
    }

    fn single(value: &str, prefix: &Prefix) -> Result<String, Flaw> {
        let layout = Layout::Single(prefix.clone());
        let mut signatures = Vec::new();
        layout.split(value.as_bytes(), Algorithm::HmacSha256, |found| signatures.extend_from_slice(found))?;
        Ok(String::from_utf8(signatures).unwrap())
    }

    #[test]
    fn a_list_gives_its_time_and_every_signature_of_its_version() {
        assert_eq!(stripe("t=12,v1=aa"), Ok((vec!["aa"], "12")));
        assert_eq!(stripe("v1=aa,v0=zz,t=12,v1=bb,,x"), Ok((vec!["aa", "bb"], "12")));
    }

    #[test]
    fn a_list_without_time_or_signature_or_with_two_times_is_malformed() {
        assert_eq!(stripe("v1=aa"), Err(Flaw::NoTimestamp));
        assert_eq!(stripe("t=12,v0=aa"), Err(Flaw::NoSignature));
        assert_eq!(stripe("t=12,t=12,v1=aa"), Err(Flaw::RepeatedTimestamp));
        assert_eq!(stripe("t=12,v1,v1=aa"), Err(Flaw::NoSignature));
        assert_eq!(stripe("t,t=12,v1=aa"), Err(Flaw::NoTimestamp));
        assert_eq!(stripe(""), Err(Flaw::Empty));
        assert_eq!(stripe("t=12,v1=é"), Err(Flaw::NotAscii));
    }

    #[test]
    fn sixteen_signatures_are_read_and_seventeen_are_too_many() {
        let many = |count| ["t=1".to_owned(), ",v1=aa".repeat(count)].concat();
        assert_eq!(stripe(&many(16)).unwrap().0.len(), 16);
        assert_eq!(stripe(&many(17)), Err(Flaw::TooManySignatures));
    }

    #[test]
    fn a_required_prefix_must_be_there_and_an_optional_one_must_name_the_algorithm() {
        let required = Prefix::Required("sha256=".into());
        assert_eq!(single("sha256=aa", &required), Ok("aa".into()));
        assert_eq!(single("aa", &required), Err(Flaw::NoPrefix));
        assert_eq!(single("sha1=aa", &required), Err(Flaw::OtherAlgorithm));
        assert_eq!(single("sha256=aa", &Prefix::Algorithm), Ok("aa".into()));
        assert_eq!(single("hmac-sha256=aa", &Prefix::Algorithm), Ok("aa".into()));
        assert_eq!(single("aa", &Prefix::Algorithm), Ok("aa".into()));
        assert_eq!(single("sha1=aa", &Prefix::Algorithm), Err(Flaw::OtherAlgorithm));
    }
}
