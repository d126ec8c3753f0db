//! Records as bytes in a file, and back. Pure.

use std::ops::Range;
use std::path::PathBuf;

/// Random, one for each file: seeds its checksums, so that a payload can't hold something that looks like a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Salt(pub(crate) [u8; 8]);

/// Bytes in a file that are no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    pub file: PathBuf,
    pub offset: u64,
    pub bytes: u64,
    pub harm: Harm,
}

/// How they came about, as far as one can see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// At the end of a file: a write was cut off. Nobody was told that it is on disk.
    Torn,
    /// Before a good record: something changed what was on disk.
    Corrupt,
}

/// What stands next in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    /// Where the payload is.
    Record(Range<usize>),
    /// Where no record is, up to the next one or the end.
    Bad(Range<usize>),
}

pub(crate) const FILE_MAGIC: &[u8; 8] = b"HSSPOOL1";
pub(crate) const FILE_HEADER: usize = 16;
const MAGIC: &[u8; 4] = b"REC\xF5";
pub(crate) const HEADER: usize = 16;

// === impl Salt ===

impl Salt {
    pub(crate) fn random() -> Self {
        Self(rand::random())
    }

    fn checksum(self, bytes: &[u8]) -> u32 {
        crc32c::crc32c_append(crc32c::crc32c(&self.0), bytes)
    }
}

/// A file's first bytes.
pub(crate) fn file_header(salt: Salt) -> [u8; FILE_HEADER] {
    let mut header = [0; FILE_HEADER];
    header[..8].copy_from_slice(FILE_MAGIC);
    header[8..].copy_from_slice(&salt.0);
    header
}

/// The salt of a file that begins like this; none if it is not one of ours.
pub(crate) fn salt_of(file: &[u8]) -> Option<Salt> {
    let header = file.get(..FILE_HEADER)?;
    header.starts_with(FILE_MAGIC).then(|| Salt(header[8..].try_into().expect("eight of sixteen bytes")))
}

/// Appends a record to what will be written. The payload has less than 4 GiB: the spool's bound was asked before.
pub(crate) fn encode(salt: Salt, payload: &[u8], into: &mut Vec<u8>) {
    let length = u32::try_from(payload.len()).expect("bounded by the caller");
    let mut header = [0; HEADER];
    header[..4].copy_from_slice(MAGIC);
    header[4..8].copy_from_slice(&length.to_le_bytes());
    header[8..12].copy_from_slice(&salt.checksum(payload).to_le_bytes());
    let check = salt.checksum(&header[4..12]);
    header[12..].copy_from_slice(&check.to_le_bytes());
    into.extend_from_slice(&header);
    into.extend_from_slice(payload);
}

/// What stands at `at`; none at the end. `bytes` is a file from its first byte on, up to where it was synced.
pub(crate) fn next(salt: Salt, bytes: &[u8], at: usize) -> Option<Item> {
    if at >= bytes.len() {
        return None;
    }
    if let Some(payload) = payload_at(salt, bytes, at) {
        return Some(Item::Record(payload));
    }
    let again = (at + 1..bytes.len()).find(|place| payload_at(salt, bytes, *place).is_some());
    Some(Item::Bad(at..again.unwrap_or(bytes.len())))
}

/// The payload of a good record that begins here.
fn payload_at(salt: Salt, bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let header = bytes.get(at..at + HEADER)?;
    if !header.starts_with(MAGIC) {
        return None;
    }
    let number = |place: usize| u32::from_le_bytes(header[place..place + 4].try_into().expect("four bytes"));
    if salt.checksum(&header[4..12]) != number(12) {
        return None;
    }
    let start = at + HEADER;
    let end = start.checked_add(usize::try_from(number(4)).ok()?)?;
    let payload = bytes.get(start..end)?;
    (salt.checksum(payload) == number(8)).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SALT: Salt = Salt([7; 8]);

    fn file(payloads: &[Vec<u8>]) -> Vec<u8> {
        let mut file = file_header(SALT).to_vec();
        payloads.iter().for_each(|payload| encode(SALT, payload, &mut file));
        file
    }

    /// Every good record, and how many stretches are none.
    fn read(file: &[u8]) -> (Vec<Vec<u8>>, usize) {
        let (mut at, mut records, mut bad) = (FILE_HEADER, Vec::new(), 0);
        while let Some(item) = next(SALT, file, at) {
            match item {
                Item::Record(place) => {
                    at = place.end;
                    records.push(file[place].to_vec());
                }
                Item::Bad(place) => {
                    at = place.end;
                    bad += 1;
                }
            }
        }
        (records, bad)
    }

    #[test]
    fn a_record_in_a_payload_is_not_taken_for_one() {
        // A sender may send a whole file of ours as its body; it can't know another file's salt.
        let forged = {
            let mut forged = Vec::new();
            encode(Salt([8; 8]), b"forged", &mut forged);
            forged
        };
        let mut file = file(&[forged, b"good".to_vec()]);
        file[FILE_HEADER + 5] ^= 1;
        assert_eq!(read(&file), (vec![b"good".to_vec()], 1));
    }

    #[test]
    fn a_file_of_somebody_else_has_no_salt() {
        assert_eq!(salt_of(&file(&[])), Some(SALT));
        assert_eq!(salt_of(b"HSSPOOL1"), None);
        assert_eq!(salt_of(&[0; 32]), None);
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..9)) {
            prop_assert_eq!(read(&file(&payloads)), (payloads, 0));
        }

        #[test]
        fn a_file_cut_anywhere_gives_the_records_before(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 1..9),
            cut in any::<prop::sample::Index>(),
        ) {
            let whole = file(&payloads);
            let at = FILE_HEADER + cut.index(whole.len() - FILE_HEADER + 1);
            let (records, bad) = read(&whole[..at]);
            prop_assert!(payloads.starts_with(&records));
            let good: usize = FILE_HEADER + records.iter().map(|record| HEADER + record.len()).sum::<usize>();
            prop_assert_eq!(bad, usize::from(good < at));
        }

        #[test]
        fn one_changed_byte_costs_one_record(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 1..9),
            place in any::<prop::sample::Index>(),
            change in 1_u8..,
        ) {
            let mut changed = file(&payloads);
            let at = FILE_HEADER + place.index(changed.len() - FILE_HEADER);
            changed[at] ^= change;
            let (records, bad) = read(&changed);
            prop_assert_eq!((records.len(), bad), (payloads.len() - 1, 1));
            let mut rest = records.iter();
            prop_assert_eq!(payloads.iter().filter(|payload| rest.as_slice().first() == Some(payload) && rest.next().is_some()).count(), records.len());
        }
    }
}
