//! What the handler looked at.

/// What the handler looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reads {
    /// True if anything was read: the response depends on the visitor.
    pub(crate) session: bool,
    /// True if a flash value of the previous request was read.
    pub(crate) flash: bool,
}
