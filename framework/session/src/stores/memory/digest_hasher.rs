//! A hasher for digests, which are random already and need no further mixing.

use std::hash::{BuildHasherDefault, Hasher};

/// Uses the last bytes of the digest. Nobody can choose them, because a digest is only stored under an id that we
/// generated.
#[derive(Debug, Default)]
pub(super) struct DigestHasher(u64);

pub(super) type BuildDigestHasher = BuildHasherDefault<DigestHasher>;

impl Hasher for DigestHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.last_chunk() {
            self.0 = u64::from_le_bytes(*last);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::*;
    use crate::contract::Digest;

    #[test]
    fn a_digest_s_last_bytes_are_its_hash() {
        let mut bytes = [7; 32];
        bytes[24..].copy_from_slice(&0x0123_4567_89ab_cdef_u64.to_le_bytes());
        assert_eq!(BuildDigestHasher::default().hash_one(Digest::from_bytes(bytes)), 0x0123_4567_89ab_cdef);
    }
}
