//! The result of storing an item.

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
