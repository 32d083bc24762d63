//! What tells one write from every other, of whatever process.

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU32, Ordering},
};

/// Stamps for what is written: a request that had to be repeated knows by them whether it was done at the first time. They begin at a
/// random place in each process, and only those are compared that were written within seconds under one key.
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
