//! Versions of a record.
//!
//! A version has two parts: how many changes there were, and a random number of the request that made the last one.
//!
//! ```text
//!   63                                20 19             0
//!  ┌────────────────────────────────────┬────────────────┐
//!  │ count of the changes               │ random         │
//!  └────────────────────────────────────┴────────────────┘
//! ```
//!
//! The count alone would not do. When a server fails and a replica takes over, the replica may lack the last writes. A
//! request that had read version 5 before finds another version 5 there, made by somebody else from the same version 4, and
//! would overwrite it unseen. With the random part the two differ, so the save of the slow request is a conflict and is
//! merged. In one of a million such failovers, two writers draw the same number.
//!
//! Scripts in Redis compute with floating-point numbers, which are exact up to 2^53. That leaves 33 bits for the count: a
//! session could be saved ten times a second for 27 years.

/// How many bits are random.
const RANDOM_BITS: u32 = 20;

/// Returns the version that follows a version, made by a writer with this random number.
pub(crate) const fn next_version(version: u64, random: u64) -> u64 {
    ((changes(version) + 1) << RANDOM_BITS) | (random & ((1 << RANDOM_BITS) - 1))
}

/// Returns how many changes led to a version.
pub(crate) const fn changes(version: u64) -> u64 {
    version >> RANDOM_BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_follows_every_version_with_fewer_changes_and_differs_from_others_with_as_many() {
        let first = next_version(0, u64::MAX);
        let [one, other] = [1, 2].map(|random| next_version(first, random));
        assert!(one > first && other > first && one != other);
        assert_eq!((changes(first), changes(one), changes(other)), (1, 2, 2));
        assert!(next_version(one, 0) > other);
    }
}
