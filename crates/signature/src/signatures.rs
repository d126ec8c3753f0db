//! The signatures that a request offers, decoded: once, whatever number of keys there is.

use crate::{Encoding, Flaw, key::Size};

/// Longer than any HMAC, Ed25519 signature or ECDSA signature in DER.
const SMALL: usize = 72;

/// Base64 is decoded in groups of three.
const SPARE: usize = 2;

/// The well-formed signatures of a request. The first short one costs no allocation.
#[derive(Debug, Clone)]
pub(crate) struct Signatures {
    first: [u8; SMALL + SPARE],
    length: usize,
    more: Vec<Vec<u8>>,
}

// === impl Signatures ===

impl Default for Signatures {
    fn default() -> Self {
        Self { first: [0; SMALL + SPARE], length: 0, more: Vec::new() }
    }
}

impl<'a> FromIterator<&'a Vec<u8>> for Signatures {
    fn from_iter<T: IntoIterator<Item = &'a Vec<u8>>>(all: T) -> Self {
        let mut signatures = Self::default();
        all.into_iter().for_each(|signature| signatures.add(signature));
        signatures
    }
}

impl Signatures {
    /// Adds what `text` stands for, in each of the sizes that it may have.
    pub(crate) fn decode(&mut self, encoding: Encoding, text: &[u8], sizes: &[Size]) -> Result<(), Flaw> {
        let mut verdict = Err(Flaw::NoSignature);
        for size in sizes {
            let decoded = match *size {
                Size::Exactly(size) if size <= SMALL && self.length == 0 => {
                    encoding.decode(text, &mut self.first, size).map(|()| self.length = size)
                }
                Size::Exactly(size) => {
                    let mut bytes = vec![0; size + SPARE];
                    encoding.decode(text, &mut bytes, size).map(|()| {
                        bytes.truncate(size);
                        self.more.push(bytes);
                    })
                }
                Size::UpTo(most) => encoding.decode_any(text, most).map(|bytes| self.add(&bytes)),
            };
            verdict = if verdict.is_ok() { verdict } else { decoded };
        }
        verdict
    }

    fn add(&mut self, bytes: &[u8]) {
        if self.length == 0 && bytes.len() <= SMALL {
            self.first[..bytes.len()].copy_from_slice(bytes);
            self.length = bytes.len();
        } else {
            self.more.push(bytes.to_vec());
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0 && self.more.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let first = (self.length > 0).then(|| &self.first[..self.length]);
        first.into_iter().chain(self.more.iter().map(Vec::as_slice))
    }
}
