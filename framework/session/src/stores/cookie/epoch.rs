//! Epochs of a user: ending all sessions of the user begins another one, in which those of earlier epochs are not valid.

use bytes::Bytes;

use crate::{codec::Reader, contract::Digest, stores::cookie::session::Claim};

/// The epoch of a user. Sessions that were sealed in an earlier one are not valid, except one perhaps. In the default epoch all
/// are valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Epoch {
    pub(super) number: u64,
    except: Option<Spared>,
}

/// A session of an earlier epoch that is still valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Spared {
    digest: Digest,
    /// The earliest epoch that it may be of. A session that had ended before is not spared.
    since: u64,
}

impl Epoch {
    /// Returns the next epoch, whose number is at least `least`. If a session is spared, it stays valid.
    pub(super) fn next(&self, least: u64, spared: Option<&Digest>) -> Self {
        let except = spared.map(|&digest| {
            let before = self.except.filter(|before| before.digest == digest);
            Spared { digest, since: before.map_or(self.number, |before| before.since) }
        });
        Self { number: least.max(self.number.saturating_add(1)), except }
    }

    /// True if a session that was sealed in that epoch is valid in this one.
    pub(super) fn is_valid(&self, sealed_in: u64, claim: &Claim<'_>) -> bool {
        let is_spared = self.except.is_some_and(|Spared { digest, since }| {
            sealed_in >= since && (digest == *claim.digest || Some(&digest) == claim.successor)
        });
        sealed_in >= self.number || is_spared
    }

    pub(super) fn encode(&self) -> Bytes {
        let mut bytes = self.number.to_le_bytes().to_vec();
        if let Some(Spared { digest, since }) = &self.except {
            bytes.extend_from_slice(&since.to_le_bytes());
            bytes.extend_from_slice(digest.as_bytes());
        }
        bytes.into()
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let number = reader.number()?;
        if reader.is_empty() {
            return Some(Self { number, except: None });
        }
        let (since, digest) = (reader.number()?, Digest::from_bytes(reader.array()?));
        reader.is_empty().then_some(Self { number, except: Some(Spared { digest, since }) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_comes_back_as_it_was_and_nothing_else_is_taken_for_one() {
        let spared = Digest::from_bytes([7; 32]);
        for epoch in [Epoch::default().next(1_000_000, None), Epoch::default().next(1_000_000, Some(&spared))] {
            assert_eq!(Epoch::decode(&epoch.encode()), Some(epoch));
            assert_eq!(Epoch::decode(&[&epoch.encode()[..], &[0]].concat()), None);
        }
        assert_eq!(Epoch::decode(b"short"), None);
    }

    #[test]
    fn sr_23_sessions_of_earlier_epochs_are_not_valid_except_the_one_that_is_spared() {
        let [this, other] = [1, 2].map(|byte| Digest::from_bytes([byte; 32]));
        let claim = Claim { digest: &this, successor: None, user: Some("ada"), epoch: Some(0) };
        let is_valid =
            |except: Option<Digest>, sealed_in| Epoch::default().next(5, except.as_ref()).is_valid(sealed_in, &claim);
        assert!(is_valid(None, 5) && is_valid(None, 6));
        assert!(!is_valid(None, 4) && !is_valid(Some(other), 4));
        assert!(is_valid(Some(this), 4));
        let renewed = Claim { successor: Some(&other), ..claim };
        assert!(Epoch::default().next(5, Some(&other)).is_valid(4, &renewed));
        assert!(Epoch::default().is_valid(0, &claim));
    }

    #[test]
    fn sr_23_one_that_had_ended_before_is_not_spared() {
        let [this, other] = [1, 2].map(|byte| Digest::from_bytes([byte; 32]));
        let claim = Claim { digest: &this, successor: None, user: Some("ada"), epoch: Some(0) };
        let all_ended = Epoch::default().next(5, None);
        assert!(
            !all_ended.next(5, Some(&this)).is_valid(0, &claim) && all_ended.next(5, Some(&this)).is_valid(5, &claim)
        );
        let twice = Epoch::default().next(5, Some(&this)).next(5, Some(&this));
        assert!(twice.number == 6 && twice.is_valid(0, &claim));
        assert!(!twice.next(7, Some(&other)).next(8, Some(&this)).is_valid(0, &claim));
    }
}
