//! What this process saw last of each session, so that most saves need not read again.

use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::contract::Digest;

/// The size of a generation. Up to twice as many sessions are remembered, more than there are concurrent requests.
const MAX: usize = 4_096;

/// The CAS number that memcached assigned to the last change of a session, and the version it had then. If the session
/// has changed since, memcached refuses a save that uses the number, so a hint may be outdated but never does harm.
#[derive(Debug, Default)]
pub(super) struct Hints(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Digest, Hint>,
    old: HashMap<Digest, Hint>,
}

#[derive(Clone, Copy, Debug)]
struct Hint {
    version: u64,
    cas: u64,
}

impl Hints {
    /// Remembers what was seen.
    pub(super) fn note(&self, digest: &Digest, version: u64, cas: u64) {
        let mut generations = self.generations();
        if generations.young.len() >= MAX {
            generations.old = mem::take(&mut generations.young);
        }
        generations.young.insert(*digest, Hint { version, cas });
    }

    /// Returns the CAS number for this version, if that was seen last. A hint works once, because a save changes the
    /// number.
    pub(super) fn take(&self, digest: &Digest, version: u64) -> Option<u64> {
        let mut generations = self.generations();
        let (young, old) = (generations.young.remove(digest), generations.old.remove(digest));
        young.or(old).filter(|hint| hint.version == version).map(|hint| hint.cas)
    }

    fn generations(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(number: usize) -> Digest {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        Digest::from_bytes(bytes)
    }

    #[test]
    fn a_hint_is_for_the_version_that_was_seen_last_and_of_use_once() {
        let hints = Hints::default();
        hints.note(&digest(1), 3, 70);
        hints.note(&digest(1), 4, 80);
        assert_eq!(hints.take(&digest(1), 4), Some(80));
        assert_eq!(hints.take(&digest(1), 4), None);
        hints.note(&digest(1), 4, 80);
        assert_eq!(hints.take(&digest(1), 3), None);
    }

    #[test]
    fn what_was_seen_long_ago_is_forgotten() {
        let hints = Hints::default();
        for number in 0..10 * MAX {
            hints.note(&digest(number), 1, 1);
        }
        assert_eq!(hints.take(&digest(0), 1), None);
        assert_eq!(hints.take(&digest(9 * MAX), 1), Some(1));
        let generations = hints.generations();
        assert!(generations.young.len() + generations.old.len() <= 2 * MAX);
    }
}
