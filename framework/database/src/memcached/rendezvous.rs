//! Chooses the server of a key by rendezvous hashing of the servers' names.

use ring::digest::{SHA256, digest};

/// The servers' names, hashed to numbers.
#[derive(Debug)]
pub(super) struct Rendezvous(Vec<u64>);

impl Rendezvous {
    pub(super) fn new(servers: impl Iterator<Item = String>) -> Self {
        let number = |name: String| {
            let hash = digest(&SHA256, name.as_bytes());
            hash.as_ref().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
        };
        Self(servers.map(number).collect())
    }

    /// Returns the index of the server for a key with this hash. Every key gives each server a score, and the highest
    /// score wins. So the order of the servers does not matter, and adding or removing a server moves only its own
    /// keys.
    pub(super) fn pick(&self, hash: u64) -> usize {
        let scores = self.0.iter().map(|server| (mix(hash ^ server), server));
        scores.enumerate().max_by_key(|(_, score)| *score).map_or(0, |(index, _)| index)
    }
}

/// Spreads a number over the whole range, with the finalizer of `SplitMix64`.
const fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(names: &[&str]) -> Rendezvous {
        Rendezvous::new(names.iter().map(|name| (*name).to_owned()))
    }

    /// Numbers like the ones that digests begin with.
    fn hashes() -> impl Iterator<Item = u64> {
        (0..3_000_u64).map(|number| mix(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    #[test]
    fn every_server_gets_its_share_whatever_the_order_of_the_names() {
        let (three, turned) = (over(&["a:1", "b:1", "c:1"]), over(&["c:1", "a:1", "b:1"]));
        let mut shares = [0; 3];
        for hash in hashes() {
            let server = three.pick(hash);
            shares[server] += 1;
            assert_eq!(turned.pick(hash), [1, 2, 0][server]);
        }
        assert!(shares.iter().all(|share| (850..1_150).contains(share)), "{shares:?}");
    }

    #[test]
    fn removing_a_server_moves_only_its_own_keys() {
        let (three, two) = (over(&["a:1", "b:1", "c:1"]), over(&["a:1", "c:1"]));
        for hash in hashes() {
            match three.pick(hash) {
                0 => assert_eq!(two.pick(hash), 0),
                2 => assert_eq!(two.pick(hash), 1),
                _ => {}
            }
        }
    }

    #[test]
    fn a_key_keeps_its_server_when_the_app_is_rebuilt() {
        let three = over(&["10.0.0.1:11211", "10.0.0.2:11211", "10.0.0.3:11211"]);
        let servers: Vec<_> = (0..12).map(|number| three.pick(mix(number))).collect();
        assert_eq!(servers, [1, 2, 2, 2, 2, 2, 2, 1, 1, 2, 0, 1]);
    }
}
