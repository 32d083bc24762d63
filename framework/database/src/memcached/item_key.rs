//! The key of an item.

/// The key of an item, with the hash that determines its server.
#[derive(Clone, Debug)]
pub struct ItemKey {
    /// 250 bytes at most, without spaces and control characters.
    pub text: String,
    /// Effectively random, and always the same for the same text.
    pub hash: u64,
}
