//! What a server stores under a key.

use bytes::Bytes;

use super::ttl::Ttl;

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
