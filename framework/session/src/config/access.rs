//! How a request uses its session: in parallel with others, alone, or only to read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What happens when several requests use one session at the same time: `concurrency` in `config/session.toml`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Concurrency {
    /// They run in parallel, and their changes are merged. The default.
    #[default]
    Merge,
    /// They run one at a time; the others wait.
    Block,
}

/// How a route uses the session: [`concurrency::merge`], [`concurrency::block`] or [`read_only`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access(pub(crate) AccessKind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccessKind {
    Shared(Concurrency),
    ReadOnly,
}

/// The text that `route:list` shows.
impl fmt::Display for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.0 {
            AccessKind::Shared(Concurrency::Merge) => "merge",
            AccessKind::Shared(Concurrency::Block) => "block",
            AccessKind::ReadOnly => "read only",
        })
    }
}

impl From<Concurrency> for Access {
    fn from(concurrency: Concurrency) -> Self {
        Self(AccessKind::Shared(concurrency))
    }
}

/// What happens when several requests use one session at the same time, for a single route.
pub mod concurrency {
    use super::{Access, Concurrency};

    /// Returns the access for requests that run in parallel, and whose changes are merged. Use it for a route of an app
    /// that blocks otherwise. In Salon: `route.get("/search", search).session(concurrency::merge())`.
    ///
    /// ```
    /// use salon_session::{RequestFacts, concurrency};
    ///
    /// let facts = RequestFacts { access: Some(concurrency::merge()), ..RequestFacts::default() };
    /// assert_eq!(facts.access.unwrap().to_string(), "merge");
    /// ```
    #[must_use]
    pub fn merge() -> Access {
        Concurrency::Merge.into()
    }

    /// Returns the access for a request that holds the session exclusively until it ends, or calls
    /// [`close`](crate::Session::close). Other requests that block wait for it, for at most `lock_wait` seconds. Use it
    /// for what must not happen twice at once, such as a payment. In Salon: `route.post("/pay",
    /// pay).session(concurrency::block())`.
    ///
    /// ```
    /// use salon_session::{RequestFacts, concurrency};
    ///
    /// let facts = RequestFacts { access: Some(concurrency::block()), ..RequestFacts::default() };
    /// assert_eq!(facts.access.unwrap().to_string(), "block");
    /// ```
    #[must_use]
    pub fn block() -> Access {
        Concurrency::Block.into()
    }
}

/// Returns the access for a request that only reads: it never waits for the session, blocks nobody, and saves nothing
/// except that the visitor was active. A write is an error, and flash values wait for the next request. Use it for what
/// a page requests in the background. In Salon: `route.get("/messages/unread", unread).session(read_only())`.
///
/// ```
/// use salon_session::{RequestFacts, read_only};
///
/// let facts = RequestFacts { access: Some(read_only()), ..RequestFacts::default() };
/// assert_eq!(facts.access.unwrap().to_string(), "read only");
/// ```
#[must_use]
pub const fn read_only() -> Access {
    Access(AccessKind::ReadOnly)
}
