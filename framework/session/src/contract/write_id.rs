//! A number that identifies a write.
//!
//! If the connection breaks before the response to a write arrives, the write may have been carried out. The only way to
//! find out is to look at what is stored now and to recognize it. The content does not prove anything: two requests that add
//! 1 to the same counter write the same bytes for the same version, so "our own bytes are there, so it was saved" would take
//! the save of the other request for ours, and lose one of the two. So every write stores a number of its own next to the
//! record: the database driver in the column `save_id`, the Redis driver in front of the envelope, the memcached driver in
//! the client flags, which have room for 32 of its 64 bits.
//!
//! | what is stored after the connection was lost | the write |
//! |---|---|
//! | our number | was carried out |
//! | another number, in the version that we wanted to write | was not carried out: somebody else made that version |
//! | another number, in a later version | may be what the later ones are built on: [`OutcomeUnknown`] |
//!
//! [`OutcomeUnknown`]: crate::contract::error::StoreError::OutcomeUnknown

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

/// Draws the numbers of one process: it starts at a random number and counts, so that no other process uses the same ones.
#[derive(Debug)]
pub(crate) struct WriteIds(AtomicU64);

impl WriteIds {
    /// Starts at a random number. It need not be secret, so a hash with the random keys of the standard library will do.
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(RandomState::new().hash_one(())))
    }

    /// Returns a number that no other write has.
    pub(crate) fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_writes_have_the_same_number() {
        let (one, other) = (WriteIds::new(), WriteIds::new());
        let mut drawn: Vec<_> = (0..1_000).flat_map(|_| [one.next(), other.next()]).collect();
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), 2_000);
    }
}
