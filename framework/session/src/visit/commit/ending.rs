//! Why a session is committed.

/// Why a session is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// `save`: the request goes on.
    Save,
    /// `close`: the request goes on, and only reads.
    Release,
    /// The answer is ready.
    Close,
    /// The answer is ready and has shown, or could have shown, the flash values of the request before.
    CloseAndAge,
    /// The request failed. Its changes are dropped; only a session that it ended stays ended.
    Fail,
}

impl Ending {
    /// Whether the request is over with it.
    pub(super) const fn ends_request(self) -> bool {
        matches!(self, Self::Close | Self::CloseAndAge | Self::Fail)
    }
}
