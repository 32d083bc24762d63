//! Stamps that distinguish each write from every other, across processes.

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU32, Ordering},
};

/// Stamps for writes: by its stamp, a request that had to be repeated recognizes whether it was carried out the first
/// time. They start at a random number in each process, and only stamps written under the same key within seconds are
/// ever compared.
#[derive(Debug)]
pub(super) struct Stamps(AtomicU32);

impl Default for Stamps {
    fn default() -> Self {
        let bytes = RandomState::new().hash_one("stamps").to_le_bytes();
        Self(AtomicU32::new(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])))
    }
}

impl Stamps {
    pub(super) fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}
