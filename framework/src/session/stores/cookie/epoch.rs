//! Since when a user's sessions count.

use bytes::Bytes;

use super::held::Claim;
use crate::session::id::Digest;

/// Since when a user's sessions count, and which one of those before counts all the same. By default all do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Epoch {
    pub(super) number: u64,
    pub(super) except: Option<Digest>,
}

impl Epoch {
    /// Whether a session that was sealed in this epoch counts.
    pub(super) fn counts(&self, sealed_in: u64, claim: &Claim<'_>) -> bool {
        let is_spared = self.except.is_some_and(|except| except == *claim.digest || Some(&except) == claim.successor);
        sealed_in >= self.number || is_spared
    }

    pub(super) fn encode(&self) -> Bytes {
        let except = self.except.as_ref().map_or(&[][..], |except| except.as_bytes());
        [&self.number.to_le_bytes()[..], except].concat().into()
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (number, rest) = bytes.split_first_chunk()?;
        let except = if rest.is_empty() { None } else { Some(Digest::from_bytes(rest.try_into().ok()?)) };
        Some(Self { number: u64::from_le_bytes(*number), except })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_comes_back_as_it_was_and_nothing_else_is_taken_for_one() {
        for except in [None, Some(Digest::from_bytes([7; 32]))] {
            let epoch = Epoch { number: 1_000_000, except };
            assert_eq!(Epoch::decode(&epoch.encode()), Some(epoch));
            assert_eq!(Epoch::decode(&[&epoch.encode()[..], &[0]].concat()), None);
        }
        assert_eq!(Epoch::decode(b"short"), None);
    }

    #[test]
    fn sr_23_sessions_of_earlier_epochs_do_not_count_but_for_the_one_that_is_spared() {
        let [this, other] = [1, 2].map(|byte| Digest::from_bytes([byte; 32]));
        let claim = Claim { digest: &this, successor: None, user: Some("ada"), epoch: Some(0) };
        let counts = |except, sealed_in| Epoch { number: 5, except }.counts(sealed_in, &claim);
        assert!(counts(None, 5) && counts(None, 6));
        assert!(!counts(None, 4) && !counts(Some(other), 4));
        assert!(counts(Some(this), 4));
        let renewed = Claim { successor: Some(&other), ..claim };
        assert!(Epoch { number: 5, except: Some(other) }.counts(4, &renewed));
        assert!(Epoch::default().counts(0, &claim));
    }
}
