//! What a server stores under a key, and the result of storing it.

use bytes::Bytes;

use super::ttl::Ttl;

/// The key of an item, with the hash that determines its server.
#[derive(Clone, Debug)]
pub struct ItemKey {
    /// 250 bytes at most, without spaces and control characters.
    pub text: String,
    /// Effectively random, and always the same for the same text.
    pub hash: u64,
}

/// An item that a server has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The compare-and-swap number: the number of the item's last change.
    pub cas: u64,
    /// The client flags: 32 bits that the server stores and returns unchanged.
    pub flags: u32,
    /// The value.
    pub value: Bytes,
}

/// An item to store.
#[derive(Clone, Copy, Debug)]
pub struct NewItem<'a> {
    /// The value.
    pub value: &'a [u8],
    /// When the server drops it.
    pub ttl: Ttl,
    /// The client flags. Make them differ from write to write: if a response is lost, they say whose write succeeded.
    pub flags: u32,
}

/// The result of storing an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// The item is stored; holds its compare-and-swap number.
    Done(u64),
    /// Another item exists, or the same one: if the command had to be repeated, the first attempt may have succeeded.
    Refused {
        /// True if the command was repeated.
        is_repeated: bool,
    },
    /// There is no item to replace.
    Absent,
}
