//! The responses of a server.

use super::item::Item;

/// The response to a [`MetaCommand`](super::meta_command::MetaCommand).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MetaResponse {
    /// The item exists.
    Value(Item),
    /// The command was carried out; holds the compare-and-swap number of the item.
    Done { cas: u64 },
    /// There is no such item.
    NotFound,
    /// An item already exists.
    NotStored,
    /// The item has been changed since.
    Changed,
}
