//! What a request's headers say, before any key is touched.

use crate::{Flaw, HeaderSource, Refusal, Scheme, Single, layout::Candidates, scheme::Window};

/// Far longer than any provider's id.
const LONGEST_ID: usize = 256;

/// What a request's headers say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub(crate) candidates: Candidates<'a>,
    pub(crate) timestamp: Option<Timestamp<'a>>,
    pub(crate) id: &'a [u8],
}

/// A time as sent, which is what was signed, and as a number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timestamp<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) seconds: i64,
}

/// The headers that a scheme names, each found once.
struct Found<'a> {
    signature: &'a [u8],
    timestamp: Option<&'a [u8]>,
    id: Option<&'a [u8]>,
}

impl Scheme {
    /// Reads what the scheme needs: first whether everything is there, then whether it is well formed.
    ///
    /// `sizes` are the lengths in bytes that a signature may have.
    pub(crate) fn read<'a>(
        &self,
        headers: &'a dyn HeaderSource,
        sizes: &[usize],
    ) -> Result<Reading<'a>, Refusal> {
        let found = self.find(headers)?;
        let parts = self
            .layout
            .split(found.signature, self.algorithm, self.timestamp.as_ref())
            .map_err(|why| malformed(&self.header, why))?;
        self.check_shape(&parts.candidates, sizes).map_err(|why| malformed(&self.header, why))?;
        let timestamp = self.read_timestamp(found.timestamp.or(parts.timestamp))?;
        let id = self.read_id(found.id)?;
        Ok(Reading { candidates: parts.candidates, timestamp, id })
    }

    fn find<'a>(&self, headers: &'a dyn HeaderSource) -> Result<Found<'a>, Refusal> {
        let signed_id = self.id_header.as_deref().filter(|_| self.content.has_id());
        let names = [Some(self.header.as_str()), self.timestamp_header(), signed_id];
        let [signature, timestamp, id] = names.map(|name| name.map(|name| (name, headers.single(name))));
        // All three are looked up before any is judged: what is missing is said before what is malformed.
        for (name, single) in [signature, timestamp, id].into_iter().flatten() {
            if single == Single::Absent {
                return Err(Refusal::Missing { header: name.to_owned() });
            }
        }
        let value = |found: Option<(&str, Single<'a>)>| match found {
            Some((_, Single::Value(value))) => Ok(Some(value)),
            Some((name, Single::Conflict)) => Err(malformed(name, Flaw::Repeated)),
            _ => Ok(None),
        };
        Ok(Found {
            signature: value(signature)?.unwrap_or_default(),
            timestamp: value(timestamp)?,
            id: value(id)?,
        })
    }

    /// One well-formed signature is enough: the others may be of another key's kind.
    fn check_shape(&self, candidates: &Candidates<'_>, sizes: &[usize]) -> Result<(), Flaw> {
        let largest = sizes.iter().copied().max().unwrap_or_default();
        let mut small = [0; 32 + 2];
        let mut large = Vec::new();
        let decoded: &mut [u8] = if largest <= 32 {
            &mut small
        } else {
            large.resize(largest + 2, 0);
            &mut large
        };
        let mut flaw = Flaw::NoSignature;
        for text in candidates.iter() {
            for size in sizes {
                match self.encoding.decode(text, decoded, *size) {
                    Ok(()) => return Ok(()),
                    Err(why) => flaw = why,
                }
            }
        }
        Err(flaw)
    }

    fn read_timestamp<'a>(&self, text: Option<&'a [u8]>) -> Result<Option<Timestamp<'a>>, Refusal> {
        let Some(text) = text else { return Ok(None) };
        match parse_seconds(text) {
            Some(seconds) => Ok(Some(Timestamp { text, seconds })),
            None => Err(malformed(self.timestamp_header().unwrap_or(&self.header), Flaw::NotATimestamp)),
        }
    }

    fn read_id<'a>(&self, id: Option<&'a [u8]>) -> Result<&'a [u8], Refusal> {
        let (Some(id), Some(header)) = (id, &self.id_header) else { return Ok(&[]) };
        self.check_id(id).map_err(|why| malformed(header, why))?;
        Ok(id)
    }

    /// Whether `id` can be signed without being taken for something else.
    pub(crate) fn check_id(&self, id: &[u8]) -> Result<(), Flaw> {
        let end = self.content.id_ends_at().map(str::as_bytes);
        match id {
            [] => Err(Flaw::Empty),
            _ if id.len() > LONGEST_ID => Err(Flaw::TooLong),
            _ if !id.iter().all(u8::is_ascii_graphic) => Err(Flaw::NotAscii),
            _ if end.is_some_and(|end| id.windows(end.len()).any(|w| w == end)) => Err(Flaw::AmbiguousId),
            _ => Ok(()),
        }
    }
}

// === impl Timestamp ===

impl Timestamp<'_> {
    /// Exactly at the tolerance is in time; one second over is not.
    pub(crate) fn check(&self, now: i64, tolerance: u64, window: Window) -> Result<(), Refusal> {
        let ahead = self.seconds > now;
        if now.abs_diff(self.seconds) <= tolerance || (ahead && window == Window::PastOnly) {
            return Ok(());
        }
        Err(Refusal::Stale { timestamp: self.seconds, now, tolerance })
    }
}

/// Plain decimal digits, no sign, no leading zero: one text for one time.
fn parse_seconds(text: &[u8]) -> Option<i64> {
    let plain = text.iter().all(u8::is_ascii_digit) && (text.len() == 1 || text.first() != Some(&b'0'));
    if !plain {
        return None;
    }
    str::from_utf8(text).ok()?.parse().ok()
}

pub(crate) fn malformed(header: &str, why: Flaw) -> Refusal {
    Refusal::Malformed { header: header.to_owned(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_plain_decimal_seconds() {
        assert_eq!(parse_seconds(b"0"), Some(0));
        assert_eq!(parse_seconds(b"1700000000"), Some(1_700_000_000));
        assert_eq!(parse_seconds(b"9223372036854775807"), Some(i64::MAX));
        for junk in ["", "01", "+1", "-1", "1e9", "1.0", " 1", "1 ", "0x1", "1_0", "9223372036854775808"] {
            assert_eq!(parse_seconds(junk.as_bytes()), None, "{junk:?}");
        }
    }

    #[test]
    fn a_time_exactly_at_the_tolerance_is_in_time_and_one_second_over_is_not() {
        let at = |seconds| Timestamp { text: b"", seconds };
        assert!(at(700).check(1000, 300, Window::BothWays).is_ok());
        assert!(at(699).check(1000, 300, Window::BothWays).is_err());
        assert!(at(1300).check(1000, 300, Window::BothWays).is_ok());
        assert!(at(1301).check(1000, 300, Window::BothWays).is_err());
        assert!(at(9999).check(1000, 300, Window::PastOnly).is_ok());
        assert!(at(i64::MAX).check(i64::MIN, u64::MAX, Window::BothWays).is_ok());
        assert!(at(0).check(i64::MIN, 1, Window::BothWays).is_err());
    }
}
