//! Why a session is committed.

/// Why a session is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// `save` was called. The request goes on.
    Save,
    /// `close` was called. The request goes on, and only reads.
    Release,
    /// The response is ready.
    Close,
    /// The response is ready and has shown, or could have shown, the flash values of the previous request.
    CloseAndAge,
    /// The request failed. Its changes are dropped; only a session that it ended stays ended.
    Fail,
}

impl Ending {
    /// True if the request ends with it.
    pub(super) const fn ends_request(self) -> bool {
        matches!(self, Self::Close | Self::CloseAndAge | Self::Fail)
    }
}
