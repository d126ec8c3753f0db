//! The public key within an X.509 certificate. Nothing else of it is judged here.

/// The types of DER that stand on the way.
const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// The DER of the certificate's `SubjectPublicKeyInfo`.
pub(crate) fn public_key(certificate: &[u8]) -> Option<Vec<u8>> {
    let (certificate, _) = take(certificate, SEQUENCE)?;
    let (mut rest, _) = take(certificate.content, SEQUENCE).map(|(signed, rest)| (signed.content, rest))?;
    if rest.first() == Some(&VERSION) {
        rest = take(rest, VERSION)?.1;
    }
    rest = take(rest, INTEGER)?.1;
    // The signature's algorithm, the issuer, the validity and the subject.
    for _ in 0..4 {
        rest = take(rest, SEQUENCE)?.1;
    }
    take(rest, SEQUENCE).map(|(key, _)| key.whole.to_vec())
}

struct Element<'a> {
    whole: &'a [u8],
    content: &'a [u8],
}

/// The first element, if it is of this type, and what follows it.
fn take(der: &[u8], kind: u8) -> Option<(Element<'_>, &[u8])> {
    let (&[found, first], rest) = der.split_first_chunk::<2>()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, after) = rest.split_at_checked(length)?;
    let whole = &der[..der.len() - after.len()];
    (found == kind).then_some((Element { whole, content }, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_bytes_may_be_taken_for_a_certificate(der: Vec<u8>) {
            let _ = public_key(&der);
        }
    }
}
