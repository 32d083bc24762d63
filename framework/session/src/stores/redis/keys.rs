//! The names of keys: a prefix, followed by a digest or a hashed user.

use ring::digest::{SHA256, digest};

use crate::contract::Digest;

/// The names of one app's keys.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    prefix: String,
}

impl Keys {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    /// The key of a session. In a cluster, the part between the braces determines the server.
    pub(super) fn session(&self, digest: &Digest) -> String {
        format!("{}{{{}}}", self.prefix, digest.to_hex())
    }

    /// The digest of the session with this key, if it is the key of a session.
    pub(super) fn digest(&self, key: &[u8]) -> Option<Digest> {
        let hex = key.strip_prefix(self.prefix.as_bytes())?.strip_prefix(b"{")?.strip_suffix(b"}")?;
        Digest::from_hex(std::str::from_utf8(hex).ok()?)
    }

    /// The key of the index of a user's sessions. The user is hashed, because a name may be long and contain any
    /// characters.
    pub(super) fn user(&self, user: &str) -> String {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, user.as_bytes()).as_ref());
        format!("{}user:{}", self.prefix, Digest::from_bytes(hash).to_hex())
    }

    /// A pattern that matches the keys of sessions. `*`, `?`, `[`, `]` and `\` in the prefix are escaped.
    pub(super) fn pattern(&self) -> String {
        let mut pattern = String::with_capacity(self.prefix.len() + 8);
        for letter in self.prefix.chars() {
            if "*?[]\\".contains(letter) {
                pattern.push('\\');
            }
            pattern.push(letter);
        }
        pattern + "{*}"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leads_back_to_its_digest_and_a_foreign_one_to_none() {
        let (keys, digest) = (Keys::new("app:session:"), Digest::from_bytes([9; 32]));
        let key = keys.session(&digest);
        assert_eq!(keys.digest(key.as_bytes()), Some(digest));
        for foreign in [keys.user("ada"), format!("other:{key}"), format!("{key}x"), "app:session:{}".to_owned()] {
            assert_eq!(keys.digest(foreign.as_bytes()), None, "{foreign}");
        }
    }

    #[test]
    fn sr_44_a_prefix_with_letters_that_mean_more_in_a_pattern_matches_itself() {
        assert_eq!(Keys::new("a*b?[c]\\:").pattern(), "a\\*b\\?\\[c\\]\\\\:{*}");
    }
}
