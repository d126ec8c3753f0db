//! Which slot of a Redis Cluster a key is in.

/// One of the 16,384 slots that a cluster spreads over its masters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot(pub(crate) u16);

const SLOTS: u16 = 16_384;

// === impl Slot ===

impl Slot {
    pub(crate) const LAST: Self = Self(SLOTS - 1);

    /// As Redis reckons it: of what stands between the first braces, if anything does, else of the whole key.
    pub(crate) fn of(key: &str) -> Self {
        let tag = key.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(tag, _)| tag);
        Self(crc16(tag.filter(|tag| !tag.is_empty()).unwrap_or(key).as_bytes()) % SLOTS)
    }
}

/// CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
    }

    #[test]
    fn a_tag_decides_and_an_empty_one_does_not() {
        // As `CLUSTER KEYSLOT` of Redis 7.0 says.
        assert_eq!(Slot::of("foo"), Slot(12_182));
        assert_eq!(Slot::of("hs:{0}:events"), Slot(13_907));
        assert_eq!(Slot::of("hs:{1}:events"), Slot(9_842));
        assert_eq!(Slot::of("{0}"), Slot::of("hs:{0}:jobs:low"));
        assert_ne!(Slot::of("foo{}"), Slot::of(""));
    }
}
